// Formulas: an elementwise function as one line of text, the same on every backend.
//
//   formula    = { name "=" expression ";" } expression
//   expression = or [ "?" expression ":" expression ]      the branch not taken does not matter
//   or         = and { "||" and }
//   and        = equality { "&&" equality }
//   equality   = relation [ ( "==" | "!=" ) relation ]
//   relation   = sum [ ( "<" | "<=" | ">" | ">=" ) sum ]    does not chain
//   sum        = product { ( "+" | "-" ) product }
//   product    = unary { ( "*" | "/" ) unary }
//   unary      = ( "-" | "!" ) unary | number | name | function "(" expression { "," expression }
//   ")"
//              | "(" expression ")"
//
// Names are x0, x1, .. (operands), a0, a1, .. (attributes), further names the caller gives to
// these, and names defined before. Functions: exp expm1 log log1p tanh sqrt abs sin cos erf sigmoid
// floor sign of one argument; min max pow of two. A truth is the number 1 or 0; any other number is
// true.
//
//   Formula f = parse_formula("x0 * sigmoid(a0 * x0)", {1, 1});
//   FormulaBuilder b(f);
//   Formula df = b.finish(b.derivative(b.result(), 0));   // d f / d x0
//   std::string text = to_text(df);                       // parses back to the same function
#pragma once

#include "formula/ast.hpp"
#include "formula/builder.hpp"
#include "formula/parse.hpp"
#include "formula/print.hpp"
