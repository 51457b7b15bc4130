// Names for deployments: each project that is deployed on this machine gets one below the domain of
// this installation. Users can add domains of their own, which count once their DNS entry leads
// here. A pass configures the router with the names and where they lead, checks whether they answer
// over https, and writes the URL of each deployment. A name that does not become live is an
// incident, and its deployment is still reached at http://address:port.
#pragma once

#include "contracts/base/clock.h"
#include "control/router/router.h"
#include "control/store/database.h"
#include "control/store/project_domains.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace control {

// Borrows what it refers to.
struct DomainNeeds {
    Database& database;
    Router& router;
    const contracts::Clock& clock;
    std::string domain;    // DEPLOY_DOMAIN
    std::string server;    // the handle of the server whose deployments these are
    std::string upstream;  // the host of the deployments' ports for the router: "127.0.0.1"
    // The URL of a deployment without a name.
    std::function<std::string(std::int64_t port)> public_url;
    // The addresses that a name leads to, at least one; without an address: `not_found`.
    std::function<contracts::Result<std::vector<std::string>>(const std::string& host)> resolve;
    // One request over https to a name, through the router. The error says why it is not answered.
    std::function<contracts::Result<void>(const std::string& host, const std::string& path)> ask;
};

struct DomainPass {
    std::int64_t routes = 0;
    std::int64_t live = 0;
};

class Domains {
public:
    explicit Domains(DomainNeeds needs) : needs_(std::move(needs)) {}

    // One pass, to be repeated every few seconds. Thread: one at a time.
    [[nodiscard]] Result<DomainPass> pass();

private:
    struct Served;
    [[nodiscard]] Result<std::vector<Served>> served();
    [[nodiscard]] Result<void> name_all(const std::vector<Served>& all);
    [[nodiscard]] Result<void> name_one(Transaction& tx, const Served& one,
                                        contracts::Timestamp now) const;
    [[nodiscard]] Result<void> check_entries();
    [[nodiscard]] std::vector<WebRoute> routes(
        const std::vector<Served>& all, const std::vector<project_domains::Domain>& names) const;
    [[nodiscard]] Result<void> tell_router(const std::vector<WebRoute>& routes);
    [[nodiscard]] Result<void> look(const std::vector<Served>& all,
                                    std::vector<project_domains::Domain> names);
    [[nodiscard]] Result<void> note_answer(Transaction& tx, const project_domains::Domain& name,
                                           const Served& served, const std::string& reason) const;
    [[nodiscard]] Result<void> resolve_gone();
    [[nodiscard]] Result<void> write_urls(const std::vector<Served>& all,
                                          const std::vector<project_domains::Domain>& names);

    DomainNeeds needs_;
    std::vector<WebRoute> told_;
    std::optional<contracts::Instant> told_at_;
};

// A project's name as a label of a host name; empty if no character of it can be in one.
[[nodiscard]] std::string label_of(std::string_view project_name);

}  // namespace control
