#!/usr/bin/env python3
"""Independent oracle of conviction-v1, from the written rule alone.

    conviction.py CASE                the distribution, the figures and the table of a case
    conviction.py --bless CASE        writes them beside the inputs (--tables conviction.csv)
    conviction.py --test VECTORS      computes every case below VECTORS and compares
    conviction.py --conformance PATH  compares with the worked cases of PATH/conviction/core.json
"""

import json
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction

import common
from common import Invalid, Outcome, People, Request, address_of, cell, decimal, key_of, normal, plain, whole

ONE = 10**18  # alpha is an integer of 1e-18
HEADER = ["step", "proposal", "status", "age", "staked", "conviction", "threshold", "funds", "supply"]


@dataclass
class Proposal:
    id: str
    requested: int
    beneficiary: str
    address: str
    status: str = "candidate"
    age: int = 0
    conviction: int = 0
    stakes: dict = field(default_factory=dict)
    threshold: Fraction | str | None = None  # of the step's check; "inf", None when not a candidate then

    def staked(self):
        return sum(self.stakes.values())


@dataclass
class Rule:
    """The settings."""

    alpha: int
    beta: Fraction
    rho: Fraction
    threshold: str
    supply: str
    min_age: int
    min_stake: int
    inflow: int
    steps: int
    order: str
    release: str

    def threshold_of(self, requested, funds, supply):
        """rho S / (beta - share)^2, normalised divided by 1 - alpha; None where it is never passed."""
        if not funds or self.beta * funds <= requested:
            return None
        threshold = self.rho * supply / (self.beta - Fraction(requested, funds)) ** 2
        return threshold if self.threshold == "plain" else threshold / (1 - Fraction(self.alpha, ONE))

    def charge(self, conviction, staked):
        return self.alpha * conviction // ONE + staked


def rule_of(request):
    settings = request.settings
    if ("alpha" in settings) == ("half_life" in settings):
        raise Invalid("exactly one of alpha and half_life")
    if "alpha" in settings:
        alpha = decimal(settings["alpha"]) * ONE
        if alpha.denominator != 1:
            raise Invalid("alpha is finer than 1e-18")
        alpha = int(alpha)
    else:
        alpha = alpha_of_half_life(decimal(settings["half_life"]))
    rule = Rule(
        alpha=alpha,
        beta=decimal(settings["beta"]),
        rho=decimal(settings["rho"]),
        threshold=one_of(settings, "threshold", "normalised", "plain"),
        supply=settings["supply"],
        min_age=whole(settings.get("min_age", "0")),
        min_stake=request.units(settings.get("min_stake", "0")),
        inflow=request.units(settings.get("inflow_per_step", "0")),
        steps=whole(settings["steps"], 1),
        order=one_of(settings, "order", "check-then-stake", "stake-then-check"),
        release=one_of(settings, "release", "sequential", "simultaneous"),
    )
    if not (0 <= rule.alpha < ONE and 0 < rule.beta <= 1 and 0 < rule.rho <= 1):
        raise Invalid("alpha, beta or rho out of bounds")
    return rule


def one_of(settings, name, default, other):
    value = settings.get(name, default)
    if value not in (default, other):
        raise Invalid(f"{name} is {value}")
    return value


def alpha_of_half_life(half_life):
    """2^(-1/half_life), rounded half to even at 18 decimals."""
    if half_life <= 0:
        raise Invalid("a half_life of 0")
    context = Context(prec=100)
    exponent = context.divide(Decimal(-half_life.denominator), Decimal(half_life.numerator))
    alpha = context.exp(context.multiply(context.ln(Decimal(2)), exponent))
    return round(Fraction(alpha) * ONE)


def conviction_v1(request):
    """Steps of one round: carried step + 1 to carried step + steps."""
    rule = rule_of(request)
    carried = request.carried["state"] if request.carried else {"step": 0, "proposals": []}
    carried_in = request.units(request.carried["kept"]) if request.carried else 0
    declared = request.units(request.declared)
    first, last = carried["step"] + 1, carried["step"] + rule.steps

    listed, proposals = proposals_of(request, carried)
    events = events_of(request, "stakes", ["step", "participant", "proposal", "amount"])
    changes = events_of(request, "holdings", ["participant", "amount"], ["step"])
    holdings = None if changes is None else {}
    if changes is not None:
        for _, row in (change for change in changes if change[0] < first):
            holdings[normal(row["participant"])] = request.units(row["amount"])

    funds, paid, people = carried_in + declared, {}, People()
    rows = [HEADER]
    for step in range(first, last + 1):
        funds += rule.inflow
        for proposal, first_step in listed:
            if proposal.id not in proposals and first_step <= step:
                proposals[proposal.id] = proposal
        for proposal in proposals.values():
            proposal.age += 1
            proposal.threshold = None

        def check():
            nonlocal funds
            for proposal in release(rule, proposals.values(), funds, supply_of(rule, request, proposals, holdings)):
                funds -= proposal.requested
                key = key_of(proposal.address, "", proposal.beneficiary)
                paid[key] = paid.get(key, 0) + proposal.requested
                people.name(key, (step, proposal.id), proposal.beneficiary)
                proposal.status, proposal.conviction, proposal.stakes = "active", 0, {}

        if rule.order == "check-then-stake":
            check()
        for _, row in (change for change in changes or [] if change[0] == step):
            holdings[normal(row["participant"])] = request.units(row["amount"])
        for _, row in (event for event in events if event[0] == step):
            stake(request, proposals, row)
        check_holdings(proposals, holdings, step)
        for proposal in candidates(proposals.values()):
            proposal.conviction = rule.charge(proposal.conviction, proposal.staked())
        for proposal in candidates(proposals.values()):
            if proposal.staked() < rule.min_stake:
                proposal.status, proposal.stakes = "killed", {}
        if rule.order == "stake-then-check":
            check()
        rows.extend(rows_of_step(request, step, proposals, funds, supply_of(rule, request, proposals, holdings)))

    state = {"step": last, "proposals": [record(request, proposals[id]) for id in sorted(proposals)]}
    pool = declared + rule.inflow * rule.steps
    return Outcome(
        declared, pool, {"grant": paid}, people, carried_in=carried_in, kept=funds, state=state, tables={"conviction": rows}
    )


def release(rule, proposals, funds, supply):
    """Sets the thresholds of the candidates and gives those that pass, in order."""
    standing = sorted(candidates(proposals), key=lambda proposal: (-proposal.conviction, proposal.id))
    for proposal in standing:
        threshold = rule.threshold_of(proposal.requested, funds, supply)
        proposal.threshold = "inf" if threshold is None else threshold
    accepted, left = [], funds
    if rule.release == "sequential":
        for proposal in standing:  # each on the funds that the one before left
            if passes(rule, proposal, left, supply):
                accepted.append(proposal)
                left -= proposal.requested
        return accepted
    for proposal in (proposal for proposal in standing if passes(rule, proposal, funds, supply)):
        if proposal.requested > left:
            break
        accepted.append(proposal)
        left -= proposal.requested
    return accepted


def passes(rule, proposal, funds, supply):
    threshold = rule.threshold_of(proposal.requested, funds, supply)
    over = threshold is not None and proposal.conviction > threshold
    return over and proposal.age > rule.min_age and proposal.requested <= funds


def candidates(proposals):
    return [proposal for proposal in proposals if proposal.status == "candidate"]


def supply_of(rule, request, proposals, holdings):
    if rule.supply == "staked":
        return sum(proposal.staked() for proposal in proposals.values())
    if rule.supply == "holdings":
        if holdings is None:
            raise Invalid("supply `holdings` without holdings")
        return sum(holdings.values())
    return request.units(rule.supply)


def stake(request, proposals, row):
    """The new stake of a participant on a proposal."""
    proposal, participant = proposals.get(row["proposal"]), normal(row["participant"])
    if proposal is None or proposal.status != "candidate":
        raise Invalid(f"step {row['step']}: {participant} stakes on {row['proposal']}, which is no candidate")
    proposal.stakes[participant] = request.units(row["amount"])
    if not proposal.stakes[participant]:
        del proposal.stakes[participant]


def check_holdings(proposals, holdings, step):
    if holdings is None:
        return
    staked = {}
    for proposal in proposals.values():
        for participant, units in proposal.stakes.items():
            staked[participant] = staked.get(participant, 0) + units
    for participant, units in staked.items():
        if units > holdings.get(participant, 0):
            raise Invalid(f"step {step}: {participant} stakes more than they hold")


# ---------------------------------------------------------------- reading and writing


def proposals_of(request, carried):
    """The proposals of the file with their first step, and those that are carried, by id."""
    listed, ids = [], set()
    for row in request.table("proposals", ["proposal", "title", "beneficiary", "address", "requested", "step"]):
        if row["proposal"] in ids:
            raise Invalid(f"proposal {row['proposal']} stands twice")
        ids.add(row["proposal"])
        requested = request.units(row["requested"])
        if not requested:
            raise Invalid(f"proposal {row['proposal']} requests 0")
        address = address_of(row["address"]) if row["address"] else ""
        proposal = Proposal(row["proposal"], requested, row["beneficiary"], address)
        listed.append((proposal, whole(row["step"], 1)))
    proposals = {}
    for kept in carried["proposals"]:
        if kept["status"] == "candidate" and kept["proposal"] not in ids:
            raise Invalid(f"the candidate {kept['proposal']} is no longer listed")
        proposals[kept["proposal"]] = Proposal(
            kept["proposal"],
            request.units(kept["requested"]),
            kept["beneficiary"],
            kept["address"],
            kept["status"],
            kept["age"],
            request.units(kept["conviction"]),
            {stake["participant"]: request.units(stake["amount"]) for stake in kept["stakes"]},
        )
    return listed, proposals


def events_of(request, role, columns, optional=()):
    """(step, row) of a file, whose steps may not go backwards. Holdings without a step are there when step 1
    begins, before its check, as in the worked examples."""
    rows = request.table(role, columns, optional)
    if rows is None:
        return None
    events = [(whole(row["step"], 1) if row["step"] or role == "stakes" else 0, row) for row in rows]
    if [step for step, _ in events] != sorted(step for step, _ in events):
        raise Invalid("a step goes backwards")
    return events


def rows_of_step(request, step, proposals, funds, supply):
    for id in sorted(proposals):
        proposal, threshold = proposals[id], proposals[id].threshold
        if isinstance(threshold, Fraction):  # in units; rounded half to even at 18 decimals of the token
            threshold = plain(round(threshold * ONE / 10 ** request.token["decimals"]), 18)
        yield [
            str(step),
            cell(id),
            proposal.status,
            str(proposal.age),
            request.text(proposal.staked()),
            "" if proposal.status == "active" else request.text(proposal.conviction),
            threshold or "",
            request.text(funds),
            request.text(supply),
        ]


def record(request, proposal):
    """What the next round needs of a proposal."""
    return {
        "proposal": proposal.id,
        "status": proposal.status,
        "age": proposal.age,
        "requested": request.text(proposal.requested),
        "beneficiary": proposal.beneficiary,
        "address": proposal.address,
        "conviction": request.text(proposal.conviction),
        "stakes": [
            {"participant": participant, "amount": request.text(units)}
            for participant, units in sorted(proposal.stakes.items())
        ],
    }


METHODS = {"conviction-v1": conviction_v1}


# ---------------------------------------------------------------- conformance

NAMES = {"v3": "normalised", "v1": "plain"}
ORDERS = {"v1": "check-then-stake", "update_first": "stake-then-check"}
STATUS = {"passed": "active"}


def conformance(folder):
    """The worked cases and examples. Gives how many differ."""
    core = json.loads((folder / "conviction" / "core.json").read_text())
    wrong, compared, skipped = [], 0, {}
    for case in core["cases"]:
        same = worked_case(case)
        if same is None:
            skipped[case["kind"]] = skipped.get(case["kind"], 0) + 1
            continue
        compared += 1
        if not same:
            wrong.append((case["id"], case["kind"]))
    print(f"conviction: {compared} cases, {len(wrong)} differ {wrong}; not of the method: {skipped}")
    wrong += over_release(core["over_release"])
    for example in core["examples"]:
        count, bad = example_rows(example)
        print(f"conviction {example['name']}: {count} figures, {len(bad)} differ {bad[:3]}")
        wrong += bad
    return len(wrong)


def near(ours, theirs, tolerance=Fraction(1, 10**15)):
    if ours is None or theirs in (None, "inf"):
        return ours is None and theirs in (None, "inf")
    theirs = Fraction(theirs)
    return abs(Fraction(ours) - theirs) <= tolerance * abs(theirs)


def alpha_of(text):
    if text.startswith("2^(-1/"):
        return alpha_of_half_life(Fraction(text.removeprefix("2^(-1/").removesuffix(")")))
    return int(Fraction(text) * ONE)


def worked_case(case):
    """Whether a case is as the rule has it; None for what the method does not compute."""
    given, out, kind = case["in"], case["out"], case["kind"]
    scale = 10**24  # units of the cases' numbers, finer than any of them
    if kind == "alpha_from_halflife":
        return near(Fraction(alpha_of_half_life(Fraction(given["half_life"])), ONE), out["dec"])
    if kind in ("recursion", "closed_form", "steps_to_pass"):
        rule = a_rule(alpha_of(given["alpha"]))
        conviction = int(Fraction(given["y0"]) * scale)
        if kind == "recursion":
            same = True
            for x, y in zip(given["x"], out["y"], strict=True):
                conviction = rule.charge(conviction, int(Fraction(x) * scale))
                same = same and near(Fraction(conviction, scale), y)
            return same
        staked = int(Fraction(given["x"]) * scale)
        if kind == "closed_form":
            for _ in range(given["k"]):
                conviction = rule.charge(conviction, staked)
            return near(Fraction(conviction, scale), out["dec"])
        for k in range(1, 10_001):
            conviction = rule.charge(conviction, staked)
            if conviction > Fraction(given["threshold"]) * scale:
                return k == out["k"]
        return out["k"] is None
    if kind in ("trigger_v1", "trigger_v3"):
        rule = a_rule(alpha_of(given.get("alpha", "0")), NAMES[kind[-2:]], given["beta"], given["rho"])
        requested, funds, supply = (int(Fraction(given[name]) * scale) for name in ("requested", "funds", "supply"))
        threshold = rule.threshold_of(requested, funds, supply)
        tolerance = Fraction(1, 10**8 if case["id"] in (33, 36, 48) else 10**15)
        return near(None if threshold is None else threshold / scale, out["dec"], tolerance)
    return None


def a_rule(alpha, threshold="normalised", beta="0.2", rho="0.0025", order="check-then-stake", release="sequential"):
    return Rule(alpha, Fraction(beta), Fraction(rho), threshold, "staked", 0, 0, 0, 1, order, release)


def over_release(case):
    """Seven of equal request whose conviction is high enough: five fit."""
    rule = a_rule(ONE // 2, release="simultaneous")
    accepted = [Proposal(p["id"], int(p["requested"]), "", "", age=1, conviction=int(p["conviction"])) for p in case["accepted"]]
    released = [proposal.id for proposal in release(rule, accepted, int(case["funds"]), 0)]
    same = released == case["expected_correct"]["released_ids"]
    print(f"conviction over_release: {'same' if same else 'DIFFERS'}")
    return [] if same else ["over_release"]


def example_rows(example):
    """Every figure of every row, and who passes when."""
    parameters, expected = example["params"], example["expected"]
    settings = {
        "alpha": parameters["alpha"],
        "beta": parameters["beta"],
        "rho": parameters["rho"],
        "threshold": NAMES[parameters["trigger_form"]],
        "supply": "holdings",
        "min_age": str(parameters["tmin"]),
        "inflow_per_step": parameters["inflow_per_step"],
        "steps": str(len(expected["rows"])),
        "order": ORDERS[parameters["order"]],
        "release": "sequential" if parameters["sequential_release"] else "simultaneous",
    }
    request = ExampleRequest(
        "fund", "conviction-v1", decimal(parameters["funds0"]), {}, settings, None, "example", {"decimals": 18}, None
    )
    request.example = example
    outcome = conviction_v1(request)
    ours = {(row[0], row[1]): dict(zip(HEADER, row)) for row in outcome.tables["conviction"][1:]}
    count, bad, before = 0, [], {}
    for row in expected["rows"]:
        for id, status in row["status"].items():
            mine = ours.get((str(row["t"]), id), {"status": "none", "staked": "0", "conviction": "", "threshold": ""})
            pairs = [
                ("status", mine["status"], STATUS.get(status, status)),
                ("staked", mine["staked"], row["staked"][id]),
                ("conviction", mine["conviction"] or None, row["conviction"][id]),
                ("threshold", None if mine["threshold"] in ("", "inf") else mine["threshold"], row["threshold"].get(id)),
                ("inf", mine["threshold"] == "inf", row["threshold"].get(id) == "inf"),
            ]
            if "funds" in mine:
                pairs += [("funds", mine["funds"], row["funds"]), ("supply", mine["supply"], row["supply"])]
            for what, one, other in pairs:
                count += 1
                same = one == other if what in ("status", "inf") else near(one, other)
                if not same:
                    bad.append((row["t"], id, what, one, other))
            if mine["status"] == "active" and before.get(id) != "active":
                count += 1
                if (row["t"], id) not in [(one["t"], one["proposal"]) for one in expected["passes"]]:
                    bad.append((row["t"], id, "passes"))
            before[id] = mine["status"]
    count += 1
    if sum(status == "active" for status in before.values()) != len(expected["passes"]):
        bad.append("passes")
    if not near(request.text(outcome.kept), expected["funds_final"]):
        bad.append("funds_final")
    return count, bad


class ExampleRequest(Request):
    """The tables of an example."""

    def table(self, role, columns, optional=()):
        if role == "proposals":
            return [
                {"proposal": id, "title": id, "beneficiary": id, "address": "", "requested": given["requested"], "step": str(given["first_step"])}
                for id, given in self.example["proposals"].items()
            ]
        rows = [{"participant": who, "amount": amount, "step": ""} for who, amount in self.example["holdings"].items()]
        rows = rows if role == "holdings" else []
        for event in self.example["events"]:
            if event["type"] == role.removesuffix("s") or event["type"] == role:
                rows.append({"participant": event["who"], "proposal": event.get("proposal"), "amount": event["amount"], "step": str(event["t"])})
        return rows


if __name__ == "__main__":
    common.run(__doc__, METHODS, conformance)
