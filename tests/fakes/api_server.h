// The scripted far side of the REST API (tests/fakes/api_server.py), on a unix socket or a loopback
// port, ended with the object. Throws std::runtime_error.
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
    std::string token{};  // empty: none is asked for
};

class ApiServer {
public:
    explicit ApiServer(ApiServerOptions options = {});

    [[nodiscard]] const std::string& url() const { return url_; }
    // {"method", "path", "headers", "body"} of every request, in order.
    [[nodiscard]] std::vector<contracts::Json> requests() const;
    // How many of them were `method` on `path` (without query).
    [[nodiscard]] std::size_t count(std::string_view method, std::string_view path) const;
    // What goes wrong from now on; see the head of api_server.py.
    void faults(const contracts::Json& rules) const { control("/control", rules); }
    // Rows as they are, by their id: "projects", "tasks", "servers", "incidents".
    void put(const std::string& kind, const contracts::Json& rows) const {
        control("/control/" + kind, rows);
    }
    // GET, in the log like any request.
    [[nodiscard]] contracts::Json get(const std::string& path) const;

private:
    void control(const std::string& path, const contracts::Json& body) const;

    ApiServerOptions options_;
    TemporaryDirectory directory_;
    std::string url_;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
