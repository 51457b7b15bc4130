// Copies the fields that a change contains.
#pragma once

#include <optional>
#include <utility>

namespace control {

template <class T>
void assign(std::optional<T>& member, std::optional<T>&& change) {
    if (change) member = std::move(change);
}

template <class T>
void assign(T& member, std::optional<T>&& change) {
    if (change) member = *std::move(change);
}

}  // namespace control
