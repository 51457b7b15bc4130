// The settings of a demo's daemon: everything below one directory, free ports, workers as plain
// processes, and scripted agents. Nothing of this process's environment counts.
#pragma once

#include "control/demo/place.h"

#include <map>
#include <string>

namespace control::demo {

// `copier`: the program; empty: projects begin in an empty repository.
[[nodiscard]] std::map<std::string, std::string> surroundings(const Place& place,
                                                              const std::string& copier);

}  // namespace control::demo
