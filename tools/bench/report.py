"""The table: what came of each row, as Markdown."""


def target_of(row, peer, threads, full_width):
    """The ratio to reach, or None."""
    target = row.peers[peer]
    if isinstance(target, dict):
        return target[threads]
    if isinstance(target, tuple):
        return target[1 if full_width else 0]
    return target


def reached(r):
    """Whether a row's own target is met, or None without one."""
    if r.get("void") or "ratio" not in r:
        return None
    checks = []
    if r.get("target") is not None:
        checks.append(r["ratio"] >= r["target"] and r["p10"] >= 0.9 * r["target"])
    if r.get("most") is not None:
        checks.append(r["nnrun"] <= r["most"])
    if r.get("most_ratio") is not None:
        checks.append(r["ratio"] <= r["most_ratio"])
    return all(checks) if checks else None


def quantity(value, unit):
    if value != value:
        return "-"
    if unit == "x":
        return f"{value:.2f}x"
    if unit == "MB":
        return f"{value:,.0f} MB"
    for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if value >= size:
            return f"{value / size:.3g} {name}" if value < 1000 * size else f"{value / size:,.0f} {name}"
    return f"{value:.3g} ns"


def aim(r):
    parts = []
    if r.get("target") is not None:
        parts.append(f"{r['target']:.3g}")
    if r.get("most") is not None:
        parts.append(f"nnrun ≤ {quantity(r['most'], r['unit'])}")
    if r.get("most_ratio") is not None:
        parts.append(f"≤ {r['most_ratio']:.3g}")
    return ", ".join(parts) or "-"


def line(r):
    cells = [r["id"], r["workload"], str(r["threads"]), r["peer"]]
    if "ratio" not in r:
        cells += ["-", "-", "-", "-", aim(r), "-", "-", "-"]
    else:
        ratio = "-" if r["ratio"] != r["ratio"] else f"{r['ratio']:.2f}"
        cells += [quantity(r["nnrun"], r["unit"]), quantity(r["peer_time"], r["unit"]),
                  f"**{ratio}**" if r.get("best") else ratio,
                  "-" if ratio == "-" else f"{r['p10']:.2f}-{r['p90']:.2f}", aim(r),
                  {None: "-", True: "yes", False: "**no**"}[reached(r)],
                  f"{r['gflops']:.3g}, {r['of_peak']:.0%}" if r.get("gflops") else "-",
                  f"{r['a_a']:.2f}"]
    note = r.get("reason") or (f"{len(r['rounds'])} of {r['tried']}"
                               + (" **void**" if r["void"] else ""))
    differ = f"{r['differ']:.0e}" if "differ" in r else "-"
    load = "-".join(f"{x:.1f}" for x in r["load_average"])
    return "| " + " | ".join([*cells, note, differ, load]) + " |"


def table(rows):
    head = ["row", "workload", "threads", "peer", "nnrun", "peer's", "ratio", "p10-p90", "target",
            "reached", "GFLOP/s, of peak", "A-A", "rounds", "differ", "load"]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *map(line, rows)])
