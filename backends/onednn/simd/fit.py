#!/usr/bin/env python3
"""Prints the polynomials of math.h: least squares in the relative error of the function, on
Chebyshev points, rounded to float from the lowest coefficient up and refitted. Needs mpmath, numpy."""
import mpmath as mp
import numpy as np

mp.mp.dps = 40


def fit(name, f, weight, lo, hi, degree, to=np.float32, points=400):
    """p with f ~ p in [lo, hi]; an error of p counts weight(x) times."""
    x = [mp.mpf((lo + hi) / 2 + (hi - lo) / 2 * np.cos(np.pi * (i + 0.5) / points)) for i in range(points)]
    y, w = [f(v) for v in x], [weight(v) for v in x]
    fixed = []
    while len(fixed) <= degree:
        k = len(fixed)
        a = mp.matrix(points, degree + 1 - k)
        b = mp.matrix(points, 1)
        for i, v in enumerate(x):
            for j in range(degree + 1 - k):
                a[i, j] = w[i] * v ** (k + j)
            b[i] = w[i] * (y[i] - sum(c * v**j for j, c in enumerate(fixed)))
        s = mp.lu_solve(a.T * a, a.T * b)
        fixed.append(mp.mpf(float(to(float(s[0])))))
    error = max(abs(w[i] * (y[i] - sum(c * v**j for j, c in enumerate(fixed)))) for i, v in enumerate(x))
    print(f"{name}: relative error {mp.nstr(error, 3)}")
    print("  " + ", ".join(float(c).hex() for c in fixed))


half_ln2 = float(mp.log(2)) / 2 + 1e-3
fit("exp: (exp(r) - 1 - r) / r^2", lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.exp(r), -half_ln2, half_ln2, 5)
fit("exp(-r), shorter: (exp(-r) - 1 + r) / r^2", lambda r: (mp.expm1(-r) + r) / r**2, lambda r: r**2 * mp.exp(r), -half_ln2, half_ln2, 4)
fit("log: (log(1 + f) - f + f^2 / 2) / f^3", lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3,
    lambda f: f**3 / mp.log1p(f), float(mp.sqrt(0.5)) - 1 - 1e-4, float(mp.sqrt(2)) - 1 + 1e-4, 8)
fit("tanh: (tanh(x) / x - 1) / x^2 in x^2", lambda s: (mp.tanh(mp.sqrt(s)) / mp.sqrt(s) - 1) / s,
    lambda s: s * mp.sqrt(s) / mp.tanh(mp.sqrt(s)), 1e-6, 0.625**2 + 0.01, 5)
fit("erf, |x| < 0.93: erf(x) / x - 1 in x^2", lambda s: mp.erf(mp.sqrt(s)) / mp.sqrt(s) - 1,
    lambda s: mp.sqrt(s) / mp.erf(mp.sqrt(s)), 1e-6, 0.93**2 + 0.01, 6)
fit("erf, above: -log(erfc(x)) / x", lambda t: -mp.log(mp.erfc(t)) / t, lambda t: t * mp.erfc(t) / mp.erf(t), 0.92, 4.0, 7)
fit("sin: (sin(r) / r - 1) / r^2 in r^2", lambda s: (mp.sin(mp.sqrt(s)) / mp.sqrt(s) - 1) / s,
    lambda s: s * mp.sqrt(s) / mp.sin(mp.sqrt(s)), 1e-6, 0.625, 4, np.float64)
fit("cos: (cos(r) - 1 + r^2 / 2) / r^4 in r^2", lambda s: (mp.cos(mp.sqrt(s)) - 1 + s / 2) / s**2,
    lambda s: s**2 / mp.cos(mp.sqrt(s)), 1e-4, 0.625, 3, np.float64)
