"""Answers, each folded from the log; no answer knows another."""
