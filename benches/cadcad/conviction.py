"""Aragon conviction voting in cadCAD's terms: the model `conviction` of meed, written for the comparison.

Plain Python over a graph, as such models are built: nodes and edges are dicts of attributes, and whoever
needs the nodes of a kind, or wants to know whether a participant supports a proposal, scans the graph. The
order of draws is that of src/simulation/models/conviction.rs; with numpy's legacy generator both give the
same rows, which compare.py checks before it measures.
"""

import math

import numpy as np

DEFAULTS = {
    "n": 60,
    "m": 3,
    "funds": 40781.42,
    "expected_supply": 1_000_000,
    "supply": 1231286.81,
    "beta": 0.2,
    "rho_genesis": 0.001,
    "rho": 0.02,
    "alpha": 0.5,
    "sentiment": 0.6,
    "sensitivity": 0.75,
    "tmin": 7,
    "min_supp": 50,
    "gain": 0.01,
    "engagement": 0.18,
    "base_completion_rate": 100,
    "base_failure_rate": 200,
}


# ---------------------------------------------------------------- the graph


class Graph:
    def __init__(self):
        self.nodes = {}
        self.edges = {}

    def of_kind(self, kind):
        return [node for node, attributes in self.nodes.items() if attributes["kind"] == kind]

    def supports(self):
        return [edge for edge, attributes in self.edges.items() if attributes["kind"] == "support"]

    def candidates(self):
        return [j for j in self.of_kind("proposal") if self.nodes[j]["status"] == "candidate"]


def drawn_affinity():
    drawn = np.random.rand()
    return 1 - 4 * (1 - drawn) * drawn


def trigger(rho, supply, beta, requested, funds):
    share = requested / funds
    return rho * supply / (beta - share) ** 2 if share < beta else math.inf


def add_proposal(graph, requested, affinity_of):
    j = len(graph.nodes)
    participants = graph.of_kind("participant")
    graph.nodes[j] = {
        "kind": "proposal",
        "status": "candidate",
        "age": 0,
        "requested": requested,
        "conviction": 0.0,
        "trigger": math.nan,
    }
    for i in participants:
        edge = {"kind": "support", "affinity": affinity_of(i), "tokens": 0.0, "conviction": 0.0}
        graph.edges[(i, j)] = edge
    return j


def genesis(params):
    graph = Graph()
    for i in range(params["n"]):
        holdings = np.random.exponential() * (params["expected_supply"] / params["n"])
        graph.nodes[i] = {"kind": "participant", "holdings": holdings}
    supply = sum(graph.nodes[i]["holdings"] for i in graph.of_kind("participant"))
    for _ in range(params["m"]):
        requested = np.random.gamma(3) * 10000 + 0.001
        j = add_proposal(graph, requested, lambda _: drawn_affinity())
        needed = trigger(params["rho_genesis"], supply, params["beta"], requested, params["funds"])
        graph.nodes[j]["trigger"] = needed
    return {"network": graph, "funds": params["funds"]}


# ---------------------------------------------------------------- substep 1


def p_driving_process(params, substep, state_history, prev_state):
    graph, funds, sentiment = prev_state["network"], prev_state["funds"], params["sentiment"]
    newcomer = None
    if np.random.rand() < 1 / (10 / (1 + sentiment)):
        scale = 0.1 * params["supply"] / len(graph.of_kind("participant"))
        newcomer = np.random.exponential() * scale
    median = np.median([graph.edges[edge]["affinity"] for edge in graph.supports()])
    requested = sum(graph.nodes[j]["requested"] for j in graph.candidates())
    rate = 1 / median * (1 + requested / funds)
    is_proposed = bool(np.random.rand() < 1 / rate)
    arrival = np.random.exponential() * max(1, funds * sentiment**2 / 10000)
    return {"newcomer": newcomer, "is_proposed": is_proposed, "funds_arrival": arrival}


def s_network_arrivals(params, substep, state_history, prev_state, policy_input):
    graph, funds = prev_state["network"], prev_state["funds"]
    if policy_input["newcomer"] is not None:
        i, holdings = len(graph.nodes), policy_input["newcomer"]
        graph.nodes[i] = {"kind": "participant", "holdings": holdings}
        np.random.rand()
        for j in graph.of_kind("proposal"):
            affinity = drawn_affinity()
            edge = {"kind": "support", "affinity": affinity, "tokens": affinity * holdings, "conviction": 0.0}
            graph.edges[(i, j)] = edge
    if policy_input["is_proposed"]:
        requested = np.random.gamma(3) * (funds * 0.01) + 0.001
        proposer = np.random.choice(graph.of_kind("participant"))
        add_proposal(graph, requested, lambda i: 1 if i == proposer else drawn_affinity())
    for j in graph.of_kind("proposal"):
        node = graph.nodes[j]
        node["age"] += 1
        node["trigger"] = math.nan
        if node["status"] == "candidate":
            node["trigger"] = trigger(params["rho"], params["supply"], params["beta"], node["requested"], funds)
    return "network", graph


def s_funds_arrival(params, substep, state_history, prev_state, policy_input):
    return "funds", prev_state["funds"] + policy_input["funds_arrival"]


# ---------------------------------------------------------------- substep 2


def p_check_progress(params, substep, state_history, prev_state):
    graph = prev_state["network"]
    completed, failed = [], []
    for j in graph.of_kind("proposal"):
        if graph.nodes[j]["status"] == "active":
            size = np.log(graph.nodes[j]["requested"])
            if np.random.rand() < 1 / (params["base_completion_rate"] + size):
                completed.append(j)
            elif np.random.rand() < 1 / (params["base_failure_rate"] + size):
                failed.append(j)
    return {"completed": completed, "failed": failed}


def s_network_progress(params, substep, state_history, prev_state, policy_input):
    graph = prev_state["network"]
    for status in ("completed", "failed"):
        for j in policy_input[status]:
            graph.nodes[j]["status"] = status
    return "network", graph


# ---------------------------------------------------------------- substep 3


def p_trigger_function(params, substep, state_history, prev_state):
    graph, funds = prev_state["network"], prev_state["funds"]
    accepted = []
    for j in graph.candidates():
        node = graph.nodes[j]
        needed = trigger(params["rho"], params["supply"], params["beta"], node["requested"], funds)
        if node["age"] > params["tmin"] and node["conviction"] > needed:
            accepted.append(j)
    if sum(graph.nodes[j]["requested"] for j in accepted) > funds:
        fitting, left = [], funds
        for j in sorted(accepted, key=lambda j: -graph.nodes[j]["conviction"]):
            left -= graph.nodes[j]["requested"]
            if left < 0:
                break
            fitting.append(j)
        accepted = fitting
    return {"accepted": accepted}


def s_funds_released(params, substep, state_history, prev_state, policy_input):
    graph = prev_state["network"]
    released = sum(graph.nodes[j]["requested"] for j in policy_input["accepted"])
    return "funds", prev_state["funds"] - released


def s_network_accepted(params, substep, state_history, prev_state, policy_input):
    graph = prev_state["network"]
    for j in policy_input["accepted"]:
        graph.nodes[j].update(status="active", conviction=math.nan)
        for i in graph.of_kind("participant"):
            graph.edges[(i, j)].update(tokens=0.0, conviction=math.nan)
    return "network", graph


# ---------------------------------------------------------------- substep 4


def p_participants_decisions(params, substep, state_history, prev_state):
    graph = prev_state["network"]
    candidates = graph.candidates()
    supported, change = {}, {}
    for i in graph.of_kind("participant"):
        change[i] = 0.0
        if np.random.rand() < params["engagement"]:
            rate = params["gain"] * (params["sentiment"] - params["sensitivity"])
            change[i] = graph.nodes[i]["holdings"] * rate
            supported[i] = []
            for j in candidates:
                # Each pair asks the whole graph, as the original does.
                if (i, j) in graph.supports():
                    highest = max(graph.edges[(i, k)]["affinity"] for k in candidates)
                    if graph.edges[(i, j)]["affinity"] > max(0.5, params["sensitivity"] * highest):
                        supported[i].append(j)
        else:
            supported[i] = [j for j in candidates if graph.edges[(i, j)]["tokens"] > 0]
    return {"supported": supported, "change": change}


def s_network_decisions(params, substep, state_history, prev_state, policy_input):
    graph = prev_state["network"]
    candidates, participants = graph.candidates(), graph.of_kind("participant")
    for i in participants:
        graph.nodes[i]["holdings"] += policy_input["change"][i]
        supported = policy_input["supported"][i]
        total = sum(graph.edges[(i, j)]["affinity"] for j in supported)
        for j in candidates:
            edge = graph.edges[(i, j)]
            edge["tokens"] = 0.0
            if j in supported:
                edge["tokens"] = edge["affinity"] / total * graph.nodes[i]["holdings"]
            edge["conviction"] = edge["tokens"] + params["alpha"] * edge["conviction"]
    for j in candidates:
        graph.nodes[j]["conviction"] = sum(graph.edges[(i, j)]["conviction"] for i in participants)
        if sum(graph.edges[(i, j)]["tokens"] for i in participants) < params["min_supp"]:
            graph.nodes[j]["status"] = "killed"
    return "network", graph


BLOCKS = [
    {
        "policies": {"driving_process": p_driving_process},
        "variables": {"network": s_network_arrivals, "funds": s_funds_arrival},
    },
    {"policies": {"check_progress": p_check_progress}, "variables": {"network": s_network_progress}},
    {
        "policies": {"trigger_function": p_trigger_function},
        "variables": {"funds": s_funds_released, "network": s_network_accepted},
    },
    {"policies": {"decisions": p_participants_decisions}, "variables": {"network": s_network_decisions}},
]
