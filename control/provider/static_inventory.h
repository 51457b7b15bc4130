// Servers listed by an administrator, as a JSON array:
//
//     [{"id": "web-1", "name": "First web server", "address": "192.0.2.10",
//       "ssh_port": 22, "ssh_user": "root", "specs": {"cpus": 4}}]
//
// `id` and `address` are required. The file is read again for each call, so that it can be changed
// while the daemon runs.
#pragma once

#include "control/provider/provider.h"

#include <span>

namespace control {

inline constexpr std::size_t kMaxInventory = 1 << 20;

// Parses such a text. `fatal`, with the entry and field: not an array, an entry without an id or a
// numeric address, a duplicate id or address.
[[nodiscard]] contracts::Result<std::vector<ProviderServer>> parse_inventory(std::string_view text);

[[nodiscard]] std::unique_ptr<Provider> make_static_inventory(std::string path);

}  // namespace control
