"""The WORK token in cadCAD's terms: the model `work` of meed, written for the comparison."""

import random

GENESIS = {"tokens": 1, "weekly_token_minting": 100, "community_treasury": 0, "token_balance": 0}


def p_mint(params, substep, state_history, prev_state):
    return {"minted": 100}


def p_earn(params, substep, state_history, prev_state):
    return {"earned": random.randint(1, 10)}


def s_tokens(params, substep, state_history, prev_state, policy_input):
    return "tokens", prev_state["tokens"] + policy_input["minted"]


def s_treasury(params, substep, state_history, prev_state, policy_input):
    return "community_treasury", prev_state["community_treasury"] + policy_input["minted"]


def s_balance(params, substep, state_history, prev_state, policy_input):
    return "token_balance", prev_state["token_balance"] + policy_input["earned"]


BLOCKS = [
    {"policies": {"mint": p_mint}, "variables": {"tokens": s_tokens, "community_treasury": s_treasury}},
    {"policies": {"earn": p_earn}, "variables": {"token_balance": s_balance}},
]
