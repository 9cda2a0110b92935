# The portal's image, for the web process, the workers and beat alike. See docs/operations.md.
# docker build --build-arg HSM=1 . also installs what keys in a PKCS#11 token need; the vendor's module comes on top.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ARG HSM=""
COPY requirements.lock requirements-hsm.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.lock \
    && if [ -n "$HSM" ]; then /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements-hsm.lock; fi
COPY . /srv/sslportal
WORKDIR /srv/sslportal
# No setting of an installation is known here, and none gets into the image
RUN SECRET_KEY=of-the-build /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
        --ignore 'bootstrap-*' --ignore 'bootstrap.css*' --ignore '*.rtl.*' \
    && /opt/venv/bin/python -m compileall -q .

FROM ${PYTHON}
# What WeasyPrint needs for PDF files, with letters for both languages
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-ipaexfont-gothic \
    && rm -rf /var/lib/apt/lists/*
# Volumes take over the owner and the mode of the folder at which they are mounted first
RUN groupadd --gid 10001 sslportal \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/sslportal --no-create-home --shell /usr/sbin/nologin sslportal \
    && install -d -o sslportal -g sslportal -m 700 \
        /var/lib/sslportal /var/lib/sslportal/ca-keys /var/lib/sslportal/evidence /var/lib/sslportal/beat /backups
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/sslportal /srv/sslportal
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=sslportal.settings \
    EVIDENCE_ROOT=/var/lib/sslportal/evidence \
    PORTAL_LISTEN=0.0.0.0:8000 \
    LOG_FORMAT=json
WORKDIR /srv/sslportal
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "python:sslportal.serving", "sslportal.wsgi"]
