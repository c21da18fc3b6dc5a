#!/usr/bin/env python3
"""Independent oracle of fractal-v1, from the written rule alone. Of the statistics it has those of integers.

    fractal.py CASE                   the distribution, the figures and the tables of a case
    fractal.py --bless CASE           writes them beside the inputs (--tables a.csv,b.csv)
    fractal.py --test VECTORS         computes every case below VECTORS and compares
    fractal.py --conformance PATH     compares with the Genesis fractal's figures in PATH/fractal
"""

import json
from datetime import date, timedelta

import common
from common import Invalid, Outcome, People, Request, address_of, cell, decimal, key_of, normal, whole

COLUMNS = ["MemberID", "Name", "MeetingID", "Group", "Rank", "TeamID", "TeamName"]


def fractal_v1(request):
    """Respect for ranks, and what it earns."""
    settings = request.settings
    rows = ranks(request)
    selected = meetings_of(request, rows)
    rows = [row for row in rows if row["meeting"] in selected]
    offset = whole(settings.get("respect_offset", "2"))
    for row in rows:
        row["respect"] = fibonacci(row["rank"] + offset)

    addresses = {}
    for row in request.table("members", ["memberid", "address"]) or []:
        if row["address"]:
            addresses[normal(row["memberid"])] = address_of(row["address"])
    people, members, teams = People(), {}, {}
    for row in rows:
        key = key_of(addresses.get(row["member"], ""), "", row["member"])
        members[key] = members.get(key, 0) + row["respect"]
        people.name(key, row["meeting"], row["name"] or row["member"])
        if row["team"]:
            key = f"team:{row['team']}"
            teams[key] = teams.get(key, 0) + row["respect"]
            people.name(key, 0, row["team"])

    team_reward = settings.get("team_reward", False)
    declared, rewards = divide(request, members, teams if team_reward else None)
    return Outcome(declared, declared, rewards, people, tables=tables(rows, selected))


def divide(request, members, teams):
    """Respect x tokens_per_respect, or the pool by Respect, which members and teams share."""
    each = request.settings.get("tokens_per_respect")
    if (each is None) == (request.declared is None):
        raise Invalid("exactly one of a pool and tokens_per_respect")
    groups = {"member": members} | ({} if teams is None else {"team": teams})
    if each is not None:
        units = request.units(each, "tokens_per_respect")
        rewards = {reward: {key: units * respect for key, respect in group.items()} for reward, group in groups.items()}
        return sum(sum(group.values()) for group in rewards.values()), rewards
    pool = request.units(request.declared)
    if teams is None:
        return pool, {"member": request.apportion(pool, members, "member")}
    shared = {f"{key}/{reward}": respect for reward, group in groups.items() for key, respect in group.items()}
    parts = request.apportion(pool, shared, "member")
    return pool, {reward: {key: parts[f"{key}/{reward}"] for key in group} for reward, group in groups.items()}


def fibonacci(number):
    """F(1) = F(2) = 1."""
    one, two = 0, 1
    for _ in range(number):
        one, two = two, one + two
    return one


# ---------------------------------------------------------------- reading


def ranks(request):
    """The rows of all meetings of the table."""
    rows, seen, teams = [], set(), {}
    for row in request.table("ranks", [column.lower() for column in COLUMNS]):
        member, meeting, rank = normal(row["memberid"]), whole(row["meetingid"], 1), whole(row["rank"], 1)
        if rank > 92:
            raise Invalid(f"rank {rank}")
        if (member, meeting) in seen:
            raise Invalid(f"{member} stands twice in meeting {meeting}")
        seen.add((member, meeting))
        team = normal(row["teamname"])
        number = row["teamid"].removesuffix(".0")
        if teams.setdefault(number, team) != team:
            raise Invalid(f"team {number} has two names")
        rows.append({"member": member, "name": row["name"], "meeting": meeting, "rank": rank, "team": team})
    return rows


def meetings_of(request, rows):
    """The date of each selected meeting."""
    settings, table = request.settings, request.table("meetings", ["meetingid", "meetingdate"])
    if table is not None:
        dates = {whole(row["meetingid"], 1): date.fromisoformat(row["meetingdate"]) for row in table}
    else:
        dates = {row["meeting"]: counted_date(row["meeting"], settings) for row in rows}
    held = {row["meeting"] for row in rows}
    selection = settings.get("meetings")
    if selection == "all":
        chosen = held
    elif selection is None:
        start, end = request.period
        chosen = {meeting for meeting in held if start <= dates[meeting] <= end}
    else:
        chosen = held & {whole(meeting, 1) for meeting in selection}
    return {meeting: dates[meeting] for meeting in sorted(chosen)}


def counted_date(meeting, settings):
    """Every interval from the first meeting on; after a number in skipped_weeks one interval more."""
    skipped = sum(whole(number) < meeting for number in settings.get("skipped_weeks", []))
    days = whole(settings.get("interval_days", "7"), 1) * (meeting - 1 + skipped)
    return date.fromisoformat(settings["first_meeting"]) + timedelta(days=days)


# ---------------------------------------------------------------- statistics of integers


def tables(rows, dates):
    """Tables by name, cells as texts."""
    return {name: [header, *(list(map(shown, line)) for line in lines)] for name, (header, lines) in figures(rows, dates).items()}


def shown(value):
    return "" if value is None else cell(value) if isinstance(value, str) else str(value)


def figures(rows, dates):
    """(columns, lines) of each table."""
    rows = sorted(rows, key=lambda row: row["meeting"])
    first, names, members, teams, by_date = {}, {}, {}, {}, {}
    new, returning = ({meeting: [0, 0] for meeting in dates} for _ in range(2))
    for row in rows:
        member, meeting, respect = row["member"], row["meeting"], row["respect"]
        names.setdefault(member, row["name"] or None)
        ranked = members.setdefault(member, [0, 0, 0])
        for index, amount in enumerate((row["rank"], respect, 1)):
            ranked[index] += amount
        count = (new if first.setdefault(member, meeting) == meeting else returning)[meeting]
        count[0] += 1
        count[1] += respect
        if row["team"]:
            teams[row["team"]] = teams.get(row["team"], 0) + respect
            by_date[row["team"], meeting] = by_date.get((row["team"], meeting), 0) + respect
    leaders = sorted(members.items(), key=lambda entry: (-entry[1][0], -entry[1][2], entry[0]))
    return {
        "member_leader_board": (
            ["MemberID", "Name", "AccumulatedRank", "AccumulatedRespect", "AttendanceCount"],
            [(member, names[member], *ranked) for member, ranked in leaders],
        ),
        "team_leader_board": (
            ["TeamName", "AccumulatedRespect"],
            sorted(teams.items(), key=lambda entry: (-entry[1], entry[0])),
        ),
        "attendance_new_and_returning": (
            ["MeetingDate", "MeetingID", "NewMemberCount", "ReturningMemberCount"],
            [(str(day), meeting, new[meeting][0], returning[meeting][0]) for meeting, day in dates.items()],
        ),
        "respect_new_and_returning": (
            ["MeetingDate", "MeetingID", "AccumulatedRespect", "AccumulatedRespectNewMember", "AccumulatedRespectReturningMember"],
            [
                (str(day), meeting, new[meeting][1] + returning[meeting][1], new[meeting][1], returning[meeting][1])
                for meeting, day in dates.items()
            ],
        ),
        "team_respect_by_meeting_date": (
            ["TeamName", "MeetingDate", "AccumulatedRespect"],
            [(team, str(dates[meeting]), respect) for (team, meeting), respect in sorted(by_date.items())],
        ),
    }


METHODS = {"fractal-v1": fractal_v1}


# ---------------------------------------------------------------- conformance


def conformance(folder):
    """Sums and tables of the Genesis fractal for both rules. Gives how many differ."""
    wrong = 0
    for offset in (1, 2):
        expected = json.loads((folder / "fractal" / f"expected-offset-{offset}.json").read_text("utf-8"))
        settings = {
            "meetings": "all",
            "tokens_per_respect": "1",
            "respect_offset": str(offset),
            "team_reward": True,
            "first_meeting": "2022-02-26",
            "skipped_weeks": ["7"],
        }
        inputs, token = {"ranks": "genesis-weekly_rank.csv"}, {"decimals": 0}
        request = Request("fractal", "fractal-v1", None, inputs, settings, folder / "fractal", "genesis", token, (None, None))
        outcome = fractal_v1(request)
        member, team = (sum(outcome.rewards[reward].values()) for reward in ("member", "team"))
        rows = ranks(request)
        dates = meetings_of(request, rows)
        for row in rows:
            row["respect"] = fibonacci(row["rank"] + offset)
        ours = {
            "total_respect": member + team,
            "total_member_respect": member,
            "total_team_respect": team,
            "total_unique_members": len(outcome.rewards["member"]),
            "total_meetings": len(dates),
            "last_meeting_date": str(max(dates.values())),
        }
        for name, (columns, lines) in figures(rows, dates).items():
            ours[name] = [dict(zip(columns, line)) for line in lines]
        by_key = {f"name:{line['MemberID']}": line["AccumulatedRespect"] for line in expected["member_leader_board"]}
        differ = [name for name, value in ours.items() if expected[name] != value]
        differ += [] if by_key == outcome.rewards["member"] else ["reward member"]
        print(f"fractal offset {offset}: member {member}, team {team}, {len(ours)} figures and tables, differ: {differ}")
        wrong += len(differ)
    return wrong


if __name__ == "__main__":
    common.run(__doc__, METHODS, conformance)
