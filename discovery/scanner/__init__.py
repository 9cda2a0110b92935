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
"""
