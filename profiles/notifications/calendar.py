"""An entry for somebody's calendar, that goes with a reminder."""

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from sslportal.kit import clock
from sslportal.kit.mail import File

NAME, TYPE = "expiry.ics", "text/calendar"
REMIND = timedelta(days=-1)


def entry(identity: str, words: str, moment: datetime, url: str) -> File:
    """A file with the entry; `url` leads to where one does something about it. The same identity replaces an older entry.

    Source: RFC 5545.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//SSL Portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(identity, words, moment, url))
    return File(NAME, TYPE, calendar.to_ical())


def _event(identity: str, words: str, moment: datetime, url: str) -> Event:
    event = Event()
    event.add("uid", identity)
    event.add("dtstamp", clock.now())
    event.add("dtstart", moment.astimezone(UTC))
    event.add("summary", words)
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", REMIND)
    event.add_component(alarm)
    return event
