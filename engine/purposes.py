"""What an agency may be told of a case for: the purposes of hand-overs and of agreements, each with its names.

An agreement counts for one agency and one purpose; a hand-over in a diagram names the purpose that it needs it for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its id, its names, and whether it is one agency's (`to_agency`) or concerns the whole network."""

    id: str
    title_it: str
    title_en: str
    to_agency: bool = True


_ALL = (
    Purpose("presa_in_carico", "accoglienza e presa in carico", "reception and taking charge"),
    Purpose("valutazione_rischio", "valutazione del rischio", "risk assessment"),
    Purpose("protezione", "protezione e ospitalità", "protection and shelter"),
    Purpose("sicurezza", "sicurezza, scorta, allontanamento", "safety, escort, removal"),
    Purpose("cura", "cure mediche e psicologiche", "medical and psychological care"),
    Purpose("sostegno_sociale", "sostegno sociale ed economico", "social and economic support"),
    Purpose("tutela_minori", "tutela delle figlie e dei figli", "protection of her children"),
    Purpose("assistenza_legale", "assistenza legale", "legal assistance"),
    Purpose("lavoro_casa", "lavoro, casa, formazione", "work, housing, training"),
    Purpose("mediazione", "interpretariato e mediazione", "interpreting and mediation"),
    Purpose("riunione_di_caso", "riunione sul caso con altri enti", "case conference with other agencies"),
    Purpose("segnalazione", "segnalazione all'autorità", "report to the authority"),
    Purpose("coordinamento", "coordinamento della rete", "coordination of the network"),
    Purpose("supervisione", "supervisione", "supervision"),
    Purpose("dati_regione", "dati identificativi alla Regione", "identifying data to the Region", to_agency=False),
    Purpose("contatti", "modi sicuri per contattarla", "safe ways of contacting her", to_agency=False),
)

KNOWN: dict[str, Purpose] = {purpose.id: purpose for purpose in _ALL}
"""The purposes by their ids."""

OF_HANDOVERS = frozenset(purpose.id for purpose in _ALL if purpose.to_agency)
"""The ids that a hand-over may name."""
