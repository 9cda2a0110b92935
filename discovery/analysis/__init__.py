"""What certificates found on servers say, be they from anybody: no Django, no database, no network.

All that is read here is hostile. It is read by hand from the DER, field by field, since the library gives up on all of a
name or all extensions where one is odd; the library checks the signatures. From the bottom up:

    guard          trying something that may raise anything
    values         what DER of certificates is made of: elements, identifiers, moments, texts
    distinguished  names of subjects and issuers
    hosts          names of servers, and which of them a certificate covers
    certificate    its parts
    signatures     who signed what, and by which hash
    keys           the kind and size of a public key, and what is wrong with it
    extensions     alternative names, policies, addresses
    links          which certificate signed which
    facts          what a certificate says of itself
    roots          the roots that clients know, and the portal's own CAs
    chains         is what a server sends complete and in order?
    verdicts       what an answer about a certificate comes to
    ocsp, crl      what such an answer says
    revocation     which questions to ask, and whether an answer counts
"""
