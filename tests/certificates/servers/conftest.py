"""A person with a machine, and an order of the portal for the CSR that was made on it."""

import re
from urllib.parse import urlencode

import pytest

from certificates import csr
from tests.certificates.servers.machine import Machine, blocks
from tests.certificates.servers.programs import path_of
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def machine(tmp_path):
    with Machine(tmp_path) as machine:
        yield machine


@pytest.fixture
def paul(people, sign_in, ca):
    return sign_in(people.paul)


@pytest.fixture
def create_csr(paul, machine):
    """Do what the help says, except for some of its blocks; returns the CSR as it is printed at the end."""

    def create_csr(server, *names, without=()):
        if server == "tomcat":
            path_of("keytool", "default-jre-headless")
        page = paul.get(f"/help/create-csr/?{urlencode({'names': ' '.join(names)})}").content.decode()
        shown = blocks(page, server)
        said = machine.follow(block for number, block in enumerate(shown, 1) if number not in without)
        return said[said.index("-----BEGIN") :]

    return create_csr


@pytest.fixture
def order(people):
    """Order what the CSR asks for, and have it issued."""

    def order(pem):
        request = csr.read(pem)
        name = request.common_name
        make_domain(people.ov, name.removeprefix("*.").removeprefix("www."))
        key = {"csr": request.pem, "key_label": request.key_label, "key_sha256": request.key_sha256}
        made = make_order(people.ov, people.paul, name=name, sans=request.dns_names, **key)
        issue(made)
        return made

    return order


@pytest.fixture
def download(paul, machine):
    """Choose a server on the download page, and save the files that it marks, and no other; returns the page."""

    def download(order, server):
        page = paul.get(f"/certificates/{order.pk}/download/?server={server}").content.decode()
        for row in re.findall(r'<(?:p|li) class="file file-needed">(.*?)</(?:p|li)>', page, re.DOTALL):
            file = re.search(r'href="([^"]+)"', row)[1]
            (machine.home / file.rpartition("/")[2]).write_bytes(paul.get(file).content)
        return page

    return download
