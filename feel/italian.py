"""What is wrong with an expression, in Italian: for the designers of protocols and forms, who read it on a page.

Only sentences of this package are known here. What is not known stays as it is, and is called a technical detail.
"""

from __future__ import annotations

import re

from feel.errors import FeelError, FeelSyntaxError

_PURPOSES = {
    "after the tests of `not`": "dopo le prove di `not`",
    "between the bounds of `between`": "tra gli estremi di `between`",
    "after the tests of `in`": "dopo le prove di `in`",
    "after `instance`": "dopo `instance`",
    "after a filter": "dopo un filtro",
    "to close the bracket": "per chiudere la parentesi",
    "to close the range": "per chiudere l'intervallo",
    "in a range": "in un intervallo",
    "to close the list": "per chiudere l'elenco",
    "after the name of an entry": "dopo il nome di una voce",
    "to close the context": "per chiudere il contesto",
    "after the condition": "dopo la condizione",
    "after the first branch": "dopo il primo ramo",
    "after the loops": "dopo i cicli",
    "after `function`": "dopo `function`",
    "after the parameters": "dopo i parametri",
    "after the arguments": "dopo gli argomenti",
    "to close the type": "per chiudere il tipo",
    "before the type of the result": "prima del tipo del risultato",
    "a date such as 2026-03-08": "una data, ad esempio 2026-03-08",
    "a time such as 10:30:00 or 10:30:00+01:00": "un'ora, ad esempio 10:30:00 o 10:30:00+01:00",
    "a date and time such as 2026-03-08T10:30:00+01:00": "una data con ora, ad esempio 2026-03-08T10:30:00+01:00",
    "a duration such as P3D, PT72H or P6M": "una durata, ad esempio P3D, PT72H o P6M",
    "the end": "la fine",
}
_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), italian)
    for pattern, italian in (
        (r"expected a value, found (.+)", "qui serve un valore, c'è {0}"),
        (r"expected a name, found (.+)", "qui serve un nome, c'è {0}"),
        (r"expected a type, found (.+)", "qui serve un tipo, c'è {0}"),
        (r"expected a field after `\.`, found (.+)", "dopo il punto serve il nome di un campo, c'è {0}"),
        (r"expected a text after `@`, as in (.+), found (.+)", "dopo `@` serve un testo, ad esempio {0}, c'è {1}"),
        (
            r"expected `\]`, `\)` or `\[` to close the range, found (.+)",
            "serve `]`, `)` o `[` per chiudere l'intervallo, c'è {0}",
        ),
        (r"expected (`[^`]+`) ([^,]+), found (.+)", "serve {0} {1}, c'è {2}"),
        (r"expected (`.+`) or (`.+`), found (.+)", "serve {0} oppure {1}, c'è {2}"),
        (r"expected (`[^`]+`), found (.+)", "serve {0}, c'è {1}"),
        (r"unexpected character (.+)", "il carattere {0} non è previsto"),
        (r"unexpected (.+)", "{0} non è previsto qui"),
        (r"unknown function (.+)", "la funzione {0} non esiste"),
        (r"unknown type (.+)", "il tipo {0} non esiste"),
        (r"`!=` does not make a range", "`!=` non fa un intervallo"),
        (r"the entry (.+) is there twice", "la voce {0} c'è due volte"),
        (r"(.+) is not a date, time or duration", "{0} non è una data, un'ora o una durata"),
        (r"(.+) does not take (\d+) arguments", "{0} non si usa con {1} argomenti"),
        (r"(.+) does not take the arguments (.+)", "{0} non ha gli argomenti {1}"),
        (r"(.+) is always null \(line (\d+), column (\d+)\)", "{0} è sempre null (riga {1}, colonna {2})"),
        (r"external functions are not allowed", "le funzioni esterne non sono ammesse"),
        (r"name all arguments or none", "dare un nome a tutti gli argomenti o a nessuno"),
        (r"the comment is not closed", "il commento non è chiuso"),
        (r"the text is not closed", "il testo non è chiuso"),
        (r"the quoted name is not closed", "il nome tra virgolette non è chiuso"),
        (r"the expression is longer than (\d+) characters", "l'espressione ha più di {0} caratteri"),
        (r"the expression is nested more than (\d+) deep", "l'espressione ha più di {0} livelli"),
        (r"the pattern is too long", "il modello di testo è troppo lungo"),
        (r"the pattern is nested more than (\d+) deep", "il modello di testo ha più di {0} livelli"),
        (r"a number grows beyond (.+)", "un numero diventa più grande di {0}"),
        (r"(.+) is not (a (?:date|time|date and time|duration) such as .+)", "{0} non è {1}"),
        (r"write (`.+`) for unequal, (`.+`) to negate", "per «diverso» scrivere {0}, per negare {1}"),
        (r"write (`.+`)", "scrivere {0}"),
        (r"separate with a comma", "separare con una virgola"),
        (r"did you mean (.+)\?", "forse {0}?"),
        (r"FEEL compares with a single `=`", "FEEL confronta con un solo `=`"),
        (r"the clock belongs to the host: it has to supply this function", "l'orologio qui non si può leggere"),
        (r"only FEEL is evaluated here", "qui si calcola solo FEEL"),
        (r"types are (.+) and Any", "i tipi sono {0} e Any"),
    )
)


def said(problem: FeelError | str) -> str:
    """Say a problem of an expression, or a doubt about it, in Italian."""
    if not isinstance(problem, FeelSyntaxError):
        return _sentence(str(problem))
    text = f"{_sentence(problem.message)} (riga {problem.line}, colonna {problem.column})"
    return f"{text}: {_sentence(problem.hint)}" if problem.hint else text


def _sentence(english: str) -> str:
    for pattern, italian in _SENTENCES:
        found = pattern.fullmatch(english)
        if found:
            return italian.format(*(_PURPOSES.get(part, part) for part in found.groups()))
    return f"dettaglio tecnico: {english}"
