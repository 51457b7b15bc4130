// The scripted fake of the REST API (tests/fakes/api_server.py), on a Unix socket or a loopback
// port; it ends with the object. Throws std::runtime_error.
#pragma once

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct ApiServerOptions {
    bool tcp = false;
    std::string token{};  // empty: no token is required
};

class ApiServer {
public:
    explicit ApiServer(ApiServerOptions options = {});

    [[nodiscard]] const std::string& url() const { return url_; }
    // {"method", "path", "headers", "body"} of every request, in order.
    [[nodiscard]] std::vector<contracts::Json> requests() const;
    // The number of requests with `method` and `path` (without query).
    [[nodiscard]] std::size_t count(std::string_view method, std::string_view path) const;
    // Sets the faults from now on; see the head of api_server.py.
    void faults(const contracts::Json& rules) const { control("/control", rules); }
    // Adds rows unchanged, by their ids: "projects", "tasks", "servers", "incidents".
    void put(const std::string& kind, const contracts::Json& rows) const {
        control("/control/" + kind, rows);
    }
    // Sends a GET, which is logged like any request.
    [[nodiscard]] contracts::Json get(const std::string& path) const;

private:
    void control(const std::string& path, const contracts::Json& body) const;

    ApiServerOptions options_;
    TemporaryDirectory directory_;
    std::string url_;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
