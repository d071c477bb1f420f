"""The passwords of twelve characters or more that are tried first, folded to lower case.

Nearly all of the usual lists of commonest passwords are shorter than twelve characters and refused for that. These
are the long ones among them, and the Swedish and local ones that anybody would guess.
"""

COMMON_PASSWORDS = frozenset(
    """
    012345678901 0123456789012 01234567890123456789 098765432109 0987654321098 098765432100 121212121212
    123123123123 123321123321 1234123412341234 123412341234 12345678900987654321 1234567890-= 12345678901234567890
    123456123456 1234567812345678 123456789000 123456789012 1234567890123 12345678901234 123456789012345
    1234567890123456 123456789101112 123456789123 123456789123456789 123456789987654321 1234567890qwerty
    1234567890abc 123456789abc 123456789asd 123456789qwe 123qweasdzxc 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i
    1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc q1w2e3r4t5y6 zaq12wsxcde3 qazwsxedcrfv qazwsxedc123 zaq1xsw2cde3
    abc123abc123 abcd1234abcd abcd12345678 abcdefghijkl abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
    admin1234567 adminadmin12 adminadminadmin administrator administrator1 administrator123 administratör
    asdasdasdasd asdfasdfasdf asdfghjkl123 asdfghjkl1234 asdfghjklöä' asdfghjklqwertyuiop asdfghjklzxcvbnm
    changeme1234 changemenow1 changethispassword correcthorsebatterystaple default12345 guestguest12 iloveyou1234
    iloveyouiloveyou ineedapassword inkassoinkasso ilovesweden1 jagälskardig jagälskardig1 klientwebb12 klientwebben
    klientwebben1 klientwebben123 letmein12345 letmeinletmein letmeinplease lösenord1234 lösenord12345 lösenord123456
    lösenordlösenord losenord1234 losenord12345 losenord123456 losenordlosenord mypassword12 mypassword123
    password!@#$ password0000 password1111 password1234 password12345 password123456 password1234567 password12345678
    password123456789 passwordpassword passw0rd1234 p@ssw0rd1234 p@ssword1234 pa$$word1234 princess1234
    qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyqwerty qwertyqwerty1 qwertyuiop10 qwertyuiop12
    qwertyuiop123 qwertyuiop1234 qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwertyuiopå1 qwertyuiop[] qwertyuiopåäö
    resultatfinans resultatfinans1 resultatfinans12 resultatfinans123 resultatfinansab secret123456 secretsecret
    sommarsommar sommar123456 sommarlov123 sverige12345 sverigesverige stockholm123 stockholm1234 göteborg1234
    superadmin12 superman1234 test12345678 testtesttest testtest1234 thisisapassword trustno1trustno1 välkommen123
    välkommen1234 valkommen123 valkommen1234 vinter123456 vintervinter welcome12345 welcome123456 welcomewelcome
    zxcvbnm12345 zxcvbnmasdfghjkl zxcvbnmzxcvbnm
    """.split()  # noqa: SIM905 - one a line would fill three screens
)
