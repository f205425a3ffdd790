// Help texts and the options that mean the same in every command.
#pragma once

#include <boost/program_options.hpp>
#include <string>

#include "tools/nnrun/command.h"

namespace nnrun::cli {

/// Long options take --a=b and --a b; no abbreviations, so that future names stay free.
inline constexpr int kStyle =
    po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

po::options_description common_options();
std::string short_help();  // `nnrun` alone
std::string long_help();   // `nnrun help`
std::string command_help(const Command& c);
std::string version_text();

}  // namespace nnrun::cli
