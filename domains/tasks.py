"""The workers' part in domains: names and ids in, one action each. All of them may run twice."""

from celery import shared_task


@shared_task
def check_attempt(pk: int) -> None:
    """Look for the record or the file of one attempt."""
    from domains import checks

    checks.check_one(pk)


@shared_task
def check_due_attempts() -> None:
    """Look for what is due, some batches at a time, so that other work of the queue comes in between."""
    from domains import checks

    if checks.check_for_a_while():
        check_due_attempts.delay()


@shared_task
def look_for_contacts(name: str) -> None:
    """Find out whom the domain, and others that wait, name as their contacts."""
    from domains import contacts

    contacts.look_up(name)


@shared_task
def sweep_domains() -> None:
    """Tell of the end, expire, give up what was not answered, and look for the records of what is about to end."""
    from domains import life

    life.sweep()


@shared_task
def forget_old_contacts() -> None:
    """Take away looked-up contacts that nobody asked for lately."""
    from domains import contacts

    contacts.forget_old()
