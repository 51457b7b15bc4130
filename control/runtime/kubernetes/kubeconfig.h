// How to reach a cluster's API server and who we are there: a kubeconfig file, or what a pod finds
// of its own service account.
//
// Understood are a server over https, its authorities, and a token, a file with a token or a client
// certificate. Programs that fetch credentials (`exec`, `auth-provider`), passwords and a server
// that is not verified are refused: they are named, with what to do. Failure: `fatal`, field
// KUBECONFIG. Thread: any.
#pragma once

#include "control/http/client.h"

#include <memory>
#include <string>
#include <string_view>

namespace control::kubernetes {

struct Access {
    std::string server;  // https://host:port, without a slash at the end
    std::shared_ptr<const ClientTls> tls;
    std::string token{};
    std::string token_file{};  // read again as the cluster renews it; before `token`
    std::string name_space{};  // empty: not said
};

// The current context's. `directory` is where relative paths in it begin.
[[nodiscard]] contracts::Result<Access> read_kubeconfig(std::string_view text,
                                                        const std::string& directory);
[[nodiscard]] contracts::Result<Access> load_kubeconfig(const std::string& path);

// As a pod of the cluster: KUBERNETES_SERVICE_HOST and _PORT, and the files of its service account.
[[nodiscard]] contracts::Result<Access> in_cluster_access(const std::string& host,
                                                          const std::string& port,
                                                          const std::string& account_directory);

// The whole of a small file; `fatal` and its name where it cannot be read.
[[nodiscard]] contracts::Result<std::string> read_small_file(const std::string& path);

}  // namespace control::kubernetes
