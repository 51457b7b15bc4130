// A project is taken out of service by a task of type deploy with one of these specs: its work is
// cancelled, its deployment stopped, its secrets erased, and the project archived. Its repository
// is deleted with the second spec only.
#pragma once

#include "contracts/entities/entities.h"

namespace contracts {

inline constexpr std::string_view kRemoval = "remove";
inline constexpr std::string_view kRemovalWithRepository = "remove repository";

[[nodiscard]] inline bool is_removal(TaskType type, const std::optional<std::string>& spec) {
    return type == TaskType::deploy && spec &&
           (*spec == kRemoval || *spec == kRemovalWithRepository);
}

}  // namespace contracts
