#include "control/api/domains.h"

#include "control/api/handlers.h"
#include "control/router/router.h"
#include "control/store/project_domains.h"

namespace control {

namespace {

using project_domains::Domain;

ProjectDomain entry_of_domain(Domain domain) {
    ProjectDomain entry{.domain = std::move(domain.domain),
                        .state = std::string(project_domains::name_of(domain.state)),
                        .is_own = domain.is_own,
                        .since = domain.since};
    if (!domain.reason.empty()) entry.reason = std::move(domain.reason);
    return entry;
}

// Names below DEPLOY_DOMAIN are assigned, so that no project takes another's. A project at the
// daemon's own host would receive the cookies of whoever is signed in there.
Result<void> check_domain(const std::string& name, const DomainRules& rules) {
    const std::string& ours = rules.given_below;
    if (ours.empty())
        return fail(ErrorKind::conflict, "this installation has no domain", "domain",
                    "an administrator sets DEPLOY_DOMAIN");
    if (!is_host_name(name))
        return fail(ErrorKind::invalid,
                    "must be a host name in lower case, such as shop.example.org", "domain");
    if (name == ours || name.ends_with('.' + ours))
        return fail(ErrorKind::invalid, "is below " + ours + ", where names are given to projects",
                    "domain", "choose a domain of your own");
    if (name == rules.own_host)
        return fail(ErrorKind::invalid, "is the host of this installation", "domain",
                    "choose a domain of your own");
    return {};
}

}  // namespace

void visit_fields(ProjectDomain& domain, contracts::FieldList& fields) {
    fields.required("domain", domain.domain);
    fields.required("state", domain.state);
    fields.optional("reason", domain.reason);
    fields.defaulted("is_own", domain.is_own);
    fields.required("since", domain.since);
}

void handle_list_domains(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Database& database = exchange.context->database;
    if (Result<void> seen = check_project(database, exchange); !seen)
        return exchange.refuse(seen.error());
    auto domains = project_domains::of_project(database, exchange.id);
    if (!domains) return exchange.refuse(domains.error());
    std::vector<ProjectDomain> entries;
    for (Domain& domain : *domains)
        if (entries.size() < *limit) entries.push_back(entry_of_domain(std::move(domain)));
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_add_domain(Exchange&& exchange) {
    write_and_answer(
        std::make_shared<Write>(std::move(exchange)),
        [](Transaction& tx, Write& write) -> Result<void> {
            const Exchange& exchange = write.exchange;
            if (Result<void> seen = check_project(tx, exchange); !seen) return seen;
            if (Result<void> good = check_domain(exchange.name, exchange.context->domains); !good)
                return good;
            if (Result<void> added = project_domains::add(tx, exchange.name, exchange.id, true,
                                                          exchange.context->clock.now());
                !added)
                return added;
            auto domains = project_domains::of_project(tx, exchange.id);
            if (!domains) return domains.fault();
            for (Domain& domain : *domains)
                if (domain.domain == exchange.name)
                    write.answer = json_text_response(
                        200, contracts::format_message(entry_of_domain(std::move(domain))));
            return {};
        });
}

void handle_remove_domain(Exchange&& exchange) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         if (Result<void> seen = check_project(tx, exchange); !seen) return seen;
                         write.answer = HttpResponse{204, {}, {}};
                         return project_domains::remove_own(tx, exchange.name, exchange.id);
                     });
}

}  // namespace control
