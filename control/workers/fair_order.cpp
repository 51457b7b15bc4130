#include "control/workers/fair_order.h"

#include <deque>
#include <set>
#include <utility>

namespace control {

std::vector<std::size_t> fair_order(const std::vector<std::string>& users,
                                    const PlacesOfUsers& living) {
    std::map<std::string, std::deque<std::size_t>> lines;
    for (std::size_t at = 0; at < users.size(); ++at)
        lines[users[at]].push_back(at);
    // Each user's first waiting worker, behind the number of places that the user has.
    std::set<std::pair<std::int64_t, std::size_t>> heads;
    for (const auto& [user, line] : lines) {
        const auto has = living.find(user);
        heads.emplace(has == living.end() ? 0 : has->second, line.front());
    }
    std::vector<std::size_t> order;
    order.reserve(users.size());
    while (!heads.empty()) {
        const auto [places, at] = heads.extract(heads.begin()).value();
        order.push_back(at);
        std::deque<std::size_t>& line = lines[users[at]];
        line.pop_front();
        if (!line.empty()) heads.emplace(places + 1, line.front());
    }
    return order;
}

}  // namespace control
