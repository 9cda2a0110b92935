"""What WHOIS servers answer, in the formats of the world's registries; all of it made up."""

GENERIC = """\
Domain Name: example.com
Registry Domain ID: 1_DOMAIN_COM-EXAMPLE
Registrar WHOIS Server: whois.registrar.net
Registrar URL: http://www.registrar.net
Updated Date: 2026-01-02T03:04:05Z
Registrar: A Registrar, Inc. (sales@registrars.org)
Registrar IANA ID: 9999
Registrar Abuse Contact Email: abuse@registrar.net
Registrar Abuse Contact Phone: +1.2025550100
Reseller: Resale Ltd
Reseller Email: someone@reseller.org
Domain Status: ok https://icann.org/epp#ok
Registry Registrant ID: REDACTED FOR PRIVACY
Registrant Name: Jo Bloggs
Registrant Organization: Example Ltd
Registrant Email: Owner@Example.COM
Admin Name: Jo Bloggs
Admin Email: <admin@example.org>
Tech Email: mailto:tech@example.org
Billing Email: billing@example.org
Name Server: NS1.EXAMPLE.COM
DNSSEC: unsigned
URL of the ICANN Whois Inaccuracy Complaint Form: https://icann.org/wicf/
>>> Last update of WHOIS database: 2026-01-02T03:04:05Z <<<

NOTICE: write to admin email: legal@registry.org
"""
OBJECTS = """\
%%
%% A WHOIS server of RPSL objects
%%

domain:      example.fr
status:      ACTIVE
holder-c:    EX1-FRNIC
admin-c:     EX2-FRNIC
tech-c:      TE1-FRNIC
zone-c:      ZO1-FRNIC
registrar:   UN BUREAU

registrar:   UN BUREAU
type:        Isp Option 1
address:     1 rue du Bureau
country:     FR
e-mail:      contact@bureau.org
website:     https://www.bureau.fr/

nic-hdl:     EX1-FRNIC
type:        ORGANIZATION
contact:     Exemple SA
phone:
e-mail:      holder@example.fr
registrar:   UN BUREAU
changed:     2026-01-01T00:00:00Z nic@nic.fr

person:      Second Contact
e-mail:      admin@example.fr
nic-hdl:     EX2-FRNIC

nic-hdl:     TE1-FRNIC
contact:     Un Bureau
e-mail:      support@bureau.fr

nic-hdl:     ZO1-FRNIC
contact:     The zone's people
e-mail:      zone@nic.fr
"""
HANDLES = """\
domain:       example.cz
registrant:   EX:ONE
admin-c:      EX:TWO
registrar:    REG-EXAMPLE

contact:      EX:ONE
name:         Jo Bloggs
e-mail:       one@example.cz

contact:      EX:TWO
e-mail:       two@example.cz

contact:      EX:OTHER
e-mail:       other@example.cz
"""
HEADINGS = """\
Domain: example.eu
Script: LATIN

Registrant:
        NOT DISCLOSED!
        Visit www.registry.eu for the web-based WHOIS.

Technical:
        Organisation: Example Hosting
        Language: en
        Email: hostmaster@example.eu

Registrar:
        Name: A Registrar
        Website: http://www.registrar.eu
        Email: hello@registrar.eu

Name servers:
        Email: ns@example.eu

Registrar Technical Contacts:
        Email: tech@example.be
"""
BARE_HEADINGS = """\
Domain:             example.it
Status:             ok

Registrant
  Organization:     Example SPA
  Fax:
  Email:            holder@example.it

Admin Contact
  Name:             Jo Bloggs
  E-mail:           admin@example.it

Technical Contacts
  Email:            tech@example.it

Registrar
  Organization:     Registrar SPA
  Email:            info@registrar.it

Nameservers
  ns1.example.it
"""
BRACKETS = """\
Domain: example.de
Status: connect

[Holder]
Type: ORG
Name: Example GmbH
Email: holder@example.de

[Tech-C]
Type: ROLE
Email: tech@example.de

[Zone-C]
Type: ROLE
Email: zone@example.de
"""
DOTTED = """\
domain.............: example.fi
status.............: Registered

Holder

name...............: Example Oy
phone..............:
holder email.......: holder@example.fi

Registrar

registrar..........: Registrar Oy
www................: www.registrar.fi
email..............: info@registrar.fi

Tech

name...............: Jo Bloggs
email..............: tech@example.fi
"""
JAPANESE = """\
[ JPRS database provides information on network administration. ]
Domain Information: [ドメイン情報]
[ドメイン名]                    EXAMPLE.JP

[登録者名]                      例示株式会社
[Registrant]                    Example Inc.

[Name Server]                   ns1.example.jp
[Signing Key]

[登録年月日]                    2026/01/01
[状態]                          Active

Contact Information: [公開連絡窓口]
[名前]                          例示株式会社
[Name]                          Example Inc.
[Email]                         Contact@Example.JP
[Web Page]
[郵便番号]                      100-0001
[電話番号]                      03-0000-0000
"""
ENGLISH = """\
Domain Information:
a. [Domain Name]                EXAMPLE.JP
l. [Organization Type]          Corporation
m. [Administrative Contact]     EX1JP

Contact Information:
[Name]                          Example Inc.
[Email Address]                 contact@example.jp
"""
KOREAN = """\
# ENGLISH

Domain Name                 : example.kr
Registrant                  : Example Corp.
Administrative Contact(AC)  : Jo Bloggs
AC E-Mail                   : admin@example.kr
AC Phone Number             : 02-0000-0000
Authorized Agency           : A Registrar(http://www.registrar.kr)
"""
CONTACT_KEYS = """\
Domain Name: example.cn
Registrant Contact Email: registrant@example.cn
Administrative Contact Email: administrative@example.cn
Technical Contact E-mail Address: technical@example.cn
registrant_contact_email: underscores@example.cn
Sponsoring Registrar: A Registrar
Sponsoring Registrar Email: sponsor@example.cn
"""
BRAZILIAN = """\
% Copyright (c) Nic.example
domain:      example.com.br
owner:       Example Ltda
owner-c:     EXA1
tech-c:      EXA2

nic-hdl-br:  EXA1
person:      Jo Bloggs
e-mail:      owner@example.com.br

nic-hdl-br:  EXA2
person:      Jo Bloggs
e-mail:      tech@example.com.br
"""
BRITISH = """\
    Domain name:
        example.co.uk

    Registrant:
        Jo Bloggs
        Email: owner@example.co.uk

    Registrar:
        Registrar.net, LLC. [Tag = REGISTRAR]
        URL: http://uk.registrar.net
        Email: post@registrar.net

    Relevant dates:
        Email: dates@example.co.uk
"""
OF_IANA = """\
domain:       EXAMPLE.INT

organisation: Example Organization

contact:      administrative
name:         Jo Bloggs
e-mail:       admin@example.int

contact:      technical
e-mail:       tech@example.int

contact:      billing
e-mail:       billing@example.int
"""
FORMATS = {  # the domain that was asked for, the answer, the contacts in it
    "gTLDs": ("example.com", GENERIC, ["owner@example.com", "admin@example.org", "tech@example.org"]),
    "fr": ("example.fr", OBJECTS, ["holder@example.fr", "admin@example.fr"]),
    "cz": ("example.cz", HANDLES, ["one@example.cz", "two@example.cz"]),
    "eu": ("example.eu", HEADINGS, ["hostmaster@example.eu"]),
    "it": ("example.it", BARE_HEADINGS, ["holder@example.it", "admin@example.it", "tech@example.it"]),
    "de": ("example.de", BRACKETS, ["holder@example.de", "tech@example.de"]),
    "fi": ("example.fi", DOTTED, ["holder@example.fi", "tech@example.fi"]),
    "jp": ("example.jp", JAPANESE, ["contact@example.jp"]),
    "jp/e": ("example.jp", ENGLISH, ["contact@example.jp"]),
    "kr": ("example.kr", KOREAN, ["admin@example.kr"]),
    "cn": (
        "example.cn",
        CONTACT_KEYS,
        [f"{one}@example.cn" for one in ("registrant", "administrative", "technical", "underscores")],
    ),
    "br": ("example.com.br", BRAZILIAN, ["owner@example.com.br", "tech@example.com.br"]),
    "int": ("example.int", OF_IANA, ["admin@example.int", "tech@example.int"]),
    "uk": ("example.co.uk", BRITISH, ["owner@example.co.uk"]),
}
