#include "control/graphs/kit/repository_name.h"

#include <algorithm>

namespace control::graphs {

std::string repository_of(const contracts::Project& project) {
    const std::string& id = project.id;
    return project.name + "-" + id.substr(id.size() - std::min<std::size_t>(id.size(), 8));
}

}  // namespace control::graphs
