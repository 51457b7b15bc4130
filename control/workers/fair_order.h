// In which order waiting workers get places, so that a user with a thousand tasks does not starve
// another with one. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace control {

// Workers that live, by the user they work for.
using PlacesOfUsers = std::map<std::string, std::int64_t>;

// `users`: the user of each waiting worker, the oldest worker first. The result has each index
// once: the next place always goes to the user with the fewest, living workers and places given
// before included; among equals to the worker that has waited longest.
[[nodiscard]] std::vector<std::size_t> fair_order(const std::vector<std::string>& users,
                                                  const PlacesOfUsers& living);

}  // namespace control
