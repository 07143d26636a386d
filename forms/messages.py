"""The texts of every refusal of an answer, in both languages: the one table.

Keys are the codes that travel (API, logs); braces name the parameters of a `FieldError`.
"""

MESSAGES: dict[str, dict[str, str]] = {
    "required": {
        "it": "Serve una risposta.",
        "en": "An answer is needed.",
    },
    "must_be_checked": {
        "it": "Per proseguire va confermato.",
        "en": "Confirm this to go on.",
    },
    "not_text": {
        "it": "Serve un testo.",
        "en": "A text is needed.",
    },
    "bad_characters": {
        "it": "Il testo contiene caratteri che non si possono salvare.",
        "en": "The text holds characters that cannot be saved.",
    },
    "too_long": {
        "it": "Testo troppo lungo: al massimo {max_length} caratteri.",
        "en": "Too long: {max_length} characters at most.",
    },
    "too_short": {
        "it": "Testo troppo corto: almeno {min_length} caratteri.",
        "en": "Too short: {min_length} characters at least.",
    },
    "wrong_format": {
        "it": "Il testo non ha la forma richiesta.",
        "en": "The text does not have the required form.",
    },
    "not_a_number": {
        "it": "Serve un numero, per esempio 12 o 12,5.",
        "en": "A number is needed, for example 12 or 12.5.",
    },
    "too_small": {
        "it": "Il numero deve essere almeno {minimum}.",
        "en": "The number must be at least {minimum}.",
    },
    "too_large": {
        "it": "Il numero deve essere al massimo {maximum}.",
        "en": "The number must be at most {maximum}.",
    },
    "too_many_decimals": {
        "it": "Al massimo {decimal_digits} cifre decimali.",
        "en": "{decimal_digits} decimal digits at most.",
    },
    "not_a_boolean": {
        "it": "Serve sì o no.",
        "en": "Yes or no is needed.",
    },
    "not_an_option": {
        "it": "Scegliere una delle risposte proposte.",
        "en": "Choose one of the given answers.",
    },
    "not_a_list": {
        "it": "Serve un elenco di risposte.",
        "en": "A list of answers is needed.",
    },
    "chosen_twice": {
        "it": "La stessa risposta è indicata due volte.",
        "en": "The same answer is given twice.",
    },
    "not_a_date": {
        "it": "Serve una data, per esempio 31/12/2026.",
        "en": "A date is needed, for example 31/12/2026.",
    },
    "not_a_time": {
        "it": "Serve un'ora, per esempio 14:30.",
        "en": "A time is needed, for example 14:30.",
    },
    "not_a_date_time": {
        "it": "Servono data e ora, per esempio 31/12/2026 14:30.",
        "en": "Date and time are needed, for example 31/12/2026 14:30.",
    },
    "no_time_zone": {
        "it": "Manca il fuso orario.",
        "en": "The time zone is missing.",
    },
    "no_such_local_time": {
        "it": "A quell'ora l'orologio passa all'ora legale: l'ora non esiste.",
        "en": "The clock goes forward at that hour: this time does not exist.",
    },
    "date_out_of_range": {
        "it": "La data deve stare fra il 1900 e il 2100.",
        "en": "The date must lie between 1900 and 2100.",
    },
    "too_early": {
        "it": "Al più presto {edge}.",
        "en": "{edge} at the earliest.",
    },
    "too_late": {
        "it": "Al più tardi {edge}.",
        "en": "{edge} at the latest.",
    },
    "in_the_past": {
        "it": "Non può essere nel passato.",
        "en": "It cannot lie in the past.",
    },
    "in_the_future": {
        "it": "Non può essere nel futuro.",
        "en": "It cannot lie in the future.",
    },
    "too_early_for_answers": {
        "it": "Viene prima di quanto dicono le altre date: controllare.",
        "en": "It comes before what the other dates say: please check.",
    },
    "too_late_for_answers": {
        "it": "Viene dopo quanto dicono le altre date: controllare.",
        "en": "It comes after what the other dates say: please check.",
    },
    "not_rows": {
        "it": "Serve un elenco di righe.",
        "en": "A list of rows is needed.",
    },
    "too_many_rows": {
        "it": "Al massimo {max_rows} righe.",
        "en": "{max_rows} rows at most.",
    },
    "too_few_rows": {
        "it": "Righe compilate: almeno {min_rows}.",
        "en": "Rows filled in: {min_rows} at least.",
    },
    "too_many_files": {
        "it": "File: al massimo {max_files}.",
        "en": "Files: {max_files} at most.",
    },
    "file_missing": {
        "it": "Il file non è arrivato, o non è di questa attività: sceglierlo di nuovo.",
        "en": "The file has not arrived, or is not of this task: choose it again.",
    },
    "file_kind": {
        "it": "Si prendono solo file PDF, JPEG, PNG, HEIC o di testo, fra quelli che la domanda ammette.",
        "en": "Only PDF, JPEG, PNG, HEIC or text files are taken, and of those what the question allows.",
    },
    "file_empty": {
        "it": "Il file è vuoto.",
        "en": "The file is empty.",
    },
    "file_too_big": {
        "it": "Il file è troppo grande: al massimo {megabytes} MB.",
        "en": "The file is too big: {megabytes} MB at most.",
    },
    "files_too_big": {
        "it": "I file di una risposta sono troppo grandi: al massimo {megabytes} MB in tutto.",
        "en": "The files of one answer are too big: {megabytes} MB in all at most.",
    },
    "undeclared": {
        "it": "Questo campo non fa parte del modulo.",
        "en": "This field is no part of the form.",
    },
    "too_big": {
        "it": "La risposta è troppo grande: al massimo {max_size} caratteri in tutto.",
        "en": "The answer is too big: {max_size} characters in all at most.",
    },
    "not_an_object": {
        "it": "La risposta deve essere un insieme di campi.",
        "en": "The answer must be a set of fields.",
    },
}
