"""The scan engine: which certificates do servers show, and what else do they offer? Standard library only, no Django.

The portal's workers run it, and the very same folder runs on an administrator's own computer with Python 3.9 or newer and
nothing installed: so no syntax and no module that is younger, and nothing of the portal. Everything that a server sends is
hostile input. From the bottom up:

    results     what can come of a probe, and its form in JSON
    suites      the cipher suites by name, and which are weak
    problems    what can be wrong with what is to be scanned
    spans       sets of addresses, without writing them out
    entries     addresses, names, ranges, networks and ports as people write them
    targets     what to scan, counted before it begins
    hello       the ClientHello, by hand
    flight      the reader of what a server answers to it
    wire        one connection, with a deadline
    starttls    how mail, FTP, LDAP and PostgreSQL are asked to go over to TLS
    handshake   a whole handshake, for servers that speak TLS 1.3 alone
    probe       what certificates does this endpoint show?
    health      which old versions and weak suites does it accept?
    names       addresses of a name
    limits      how many connections at once
    run         the scan of all that was asked for

And what makes a program of it, which people download (`discovery/download.py`) and run on a computer of their own:

    trouble     why it cannot go on
    settings    what the portal wrote into it
    session     the secret that it goes on with, from one run to the next
    portal      talking with the portal, patiently and with nobody else
    checkup     a close look at several endpoints
    fetch       asking a CA, at an address of a stranger's choice
    questions   the portal's questions to CAs
    upload      what goes up: results in chunks, health checks, answers
    screen      what the person sees
    jobs        a scan or a health check
    errand      one run, from the beginning to the end
    program     options, exit codes, and out
    __main__    what Python begins with, however old it is
"""
