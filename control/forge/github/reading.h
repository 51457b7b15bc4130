// Helpers for writing the client's calls and for reading their answers. Only for the client in this
// directory.
#pragma once

#include "control/forge/github/client.h"

#include <algorithm>

namespace control::github {

inline std::string path_of(const RepositoryName& name, std::string_view rest = {}) {
    return ("/repos/" + encode_percent(name.owner) + '/' + encode_percent(name.name)).append(rest);
}

// Encodes each part of a path below a repository; the slashes stay.
inline std::string encode_parts(std::string_view path) {
    std::string encoded;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        encoded += encode_percent(path.substr(0, end));
        if (end < path.size()) encoded += '/';
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return encoded;
}

template <class T>
Answer<T> read_with(const Answer<contracts::Json>& json,
                    contracts::Result<T> (*read)(const contracts::Json&)) {
    if (!json) return std::unexpected(json.error());
    contracts::Result<T> value = read(*json);
    if (!value) return refuse(std::move(value.error()));
    return *std::move(value);
}

template <class T>
Answer<std::vector<T>> read_all(const Answer<contracts::Json>& json, const char* key,
                                contracts::Result<T> (*read)(const contracts::Json&)) {
    if (!json) return std::unexpected(json.error());
    contracts::Result<std::vector<T>> list = read_list<T>(*json, key, read);
    if (!list) return refuse(std::move(list.error()));
    return *std::move(list);
}

inline Answer<void> without_body(const Answer<Reply>& reply) {
    if (!reply) return std::unexpected(reply.error());
    return {};
}

}  // namespace control::github
