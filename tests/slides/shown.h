// How a step of the course says something: only after it has been shown true.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

/// Prints the sentence; when the claim is false, says so and ends the program with status 1.
inline void shown(bool claim, const std::string& sentence) {
  std::fflush(stdout);
  (claim ? std::cout : std::cerr << "not true: ") << sentence << std::endl;
  if (!claim) std::exit(1);
}

/// Whether f refuses, with its reason in `why`.
template <class F> bool refuses(F f, std::string* why = nullptr) {
  try {
    f();
    return false;
  } catch (const std::exception& e) {
    if (why != nullptr) *why = e.what();
    return true;
  }
}
