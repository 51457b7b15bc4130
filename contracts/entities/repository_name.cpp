#include "contracts/entities/repository_name.h"

#include <algorithm>

namespace contracts {

std::string repository_of(const Project& project) {
    const std::string& id = project.id;
    return project.name + "-" + id.substr(id.size() - std::min<std::size_t>(id.size(), 8));
}

}  // namespace contracts
