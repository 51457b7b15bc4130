#include "control/domains/domains.h"

#include "contracts/base/text.h"
#include "control/store/incidents.h"
#include "control/store/project_domains.h"
#include "control/store/run.h"

#include <algorithm>

namespace control {

using contracts::IncidentType;
using contracts::Timestamp;
using project_domains::Domain;
using project_domains::State;

namespace {

using namespace std::chrono_literals;

constexpr auto kTellAgain = 60s;      // the router may have lost its configuration
constexpr auto kLookAtEntries = 30s;  // between two checks of a DNS entry
constexpr auto kLookAtLive = 300s;    // between two checks of a name that answers
constexpr auto kLookAtOld = 60s;      // the longest between two checks of one that does not
constexpr auto kPatience = 5min;      // for a certificate, before it is an incident
// The limit for one kind of check in a pass, so that slow servers do not hold up other names.
constexpr auto kLooksOfPass = 20s;
constexpr std::size_t kLongestLabel = 40;
constexpr std::size_t kShownReason = 500;
constexpr std::size_t kEndOfId = 6;

// The longer a name has not answered, the less often it is checked.
bool is_due(const Domain& name, Timestamp now) {
    const auto rest = now - name.looked_at;
    switch (name.state) {
        case State::waiting:
            return rest >= kLookAtEntries;
        case State::live:
            return rest >= kLookAtLive;
        case State::leading:
            break;
    }
    return rest >= std::min<std::chrono::milliseconds>(kLookAtOld, (now - name.since) / 4);
}

// The name that was checked longest ago comes first.
std::vector<Domain> due_names(std::vector<Domain> names, Timestamp now) {
    std::erase_if(names, [now](const Domain& name) { return !is_due(name, now); });
    std::ranges::stable_sort(names, {}, &Domain::looked_at);
    return names;
}

}  // namespace

struct Domains::Served {
    std::string id;
    std::string project_id;
    std::string project_name;
    std::string server_id;
    std::int64_t port = 0;
    std::string url;
    std::string health;
};

std::string label_of(std::string_view project_name) {
    std::string label;
    for (char c : project_name) {
        c = contracts::lower_case(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain)
            label += c;
        else if (!label.empty() && label.back() != '-')
            label += '-';
        if (label.size() == kLongestLabel) break;
    }
    while (label.ends_with('-'))
        label.pop_back();
    return label;
}

Result<std::vector<Domains::Served>> Domains::served() {
    const auto rows = needs_.database.query(
        "SELECT d.id, d.project_id, p.name, d.server_id, d.port, d.url, d.health FROM "
        "service_deployments d JOIN projects p ON p.id = d.project_id JOIN servers s ON s.id = "
        "d.server_id WHERE s.handle = $1 AND d.status IN ('active', 'failed') AND d.url IS NOT "
        "NULL ORDER BY d.id",
        {needs_.server});
    if (!rows) return rows.fault();
    std::vector<Served> all;
    for (const Row& row : rows->rows)
        all.push_back({.id = row.text(0),
                       .project_id = row.text(1),
                       .project_name = row.text(2),
                       .server_id = row.text(3),
                       .port = row.integer(4),
                       .url = row.text(5),
                       .health = row.text(6)});
    return all;
}

// The first project with a name gets it; for another one the end of its id is added. Names below a
// domain that this installation no longer has are forgotten.
Result<void> Domains::name_all(const std::vector<Served>& all) {
    const std::string below = '.' + needs_.domain;
    const auto known = project_domains::all(needs_.database);
    if (!known) return known.fault();
    for (const Served& one : all) {
        if (std::ranges::any_of(*known, [&](const Domain& name) {
                return name.project_id == one.project_id && !name.is_own &&
                       name.domain.ends_with(below);
            }))
            continue;
        const Result<void> named = needs_.database.transaction(
            [&](Transaction& tx) { return name_one(tx, one, needs_.clock.now()); });
        if (!named && named.error().kind != ErrorKind::conflict) return named;
    }
    return {};
}

Result<void> Domains::name_one(Transaction& tx, const Served& one, Timestamp now) const {
    if (Result<void> gone = project_domains::remove_given(tx, one.project_id); !gone) return gone;
    const std::size_t length = one.project_id.size();
    const std::string end = label_of(one.project_id.substr(length - std::min(kEndOfId, length)));
    std::string label = label_of(one.project_name);
    if (label.empty()) label = "project-" + end;
    Result<void> added =
        project_domains::add(tx, label + '.' + needs_.domain, one.project_id, false, now);
    if (added || added.error().kind != ErrorKind::conflict) return added;
    return project_domains::add(tx, label + '-' + end + '.' + needs_.domain, one.project_id, false,
                                now);
}

// Users' own domains count once they lead to this machine.
Result<void> Domains::check_entries() {
    auto all = project_domains::all(needs_.database);
    if (!all) return all.fault();
    std::erase_if(*all, [](const Domain& name) { return name.state != State::waiting; });
    const std::vector<Domain> due = due_names(*std::move(all), needs_.clock.now());
    if (due.empty()) return {};
    const contracts::Instant began = needs_.clock.instant();
    const auto ours = needs_.resolve(needs_.domain);
    for (const Domain& name : due) {
        const auto theirs = needs_.resolve(name.domain);
        std::string reason;
        if (!theirs)
            reason = "it has no address in DNS yet: " + theirs.error().message;
        else if (!ours)
            reason = needs_.domain + " has no address in DNS: " + ours.error().message;
        else if (std::ranges::find_first_of(*theirs, *ours) == theirs->end())
            reason = "it leads to " + theirs->front() + ", not to " + ours->front();
        const State state = reason.empty() ? State::leading : State::waiting;
        const Result<void> noted = needs_.database.transaction([&](Transaction& tx) {
            return project_domains::note(tx, name.domain, state, reason, needs_.clock.now());
        });
        if (!noted) return noted;
        if (needs_.clock.instant() - began > kLooksOfPass) break;
    }
    return {};
}

std::vector<WebRoute> Domains::routes(const std::vector<Served>& all,
                                      const std::vector<Domain>& names) const {
    std::vector<WebRoute> routes;
    for (const Domain& name : names) {
        const auto served = std::ranges::find(all, name.project_id, &Served::project_id);
        if (served == all.end() || name.state == State::waiting) continue;
        routes.push_back({.host = name.domain,
                          .upstream = needs_.upstream + ':' + std::to_string(served->port)});
    }
    return routes;
}

Result<void> Domains::tell_router(const std::vector<WebRoute>& routes) {
    const contracts::Instant now = needs_.clock.instant();
    if (told_at_ && told_ == routes && now - *told_at_ < kTellAgain) return {};
    if (Result<void> told = needs_.router.lead(routes); !told) return told;
    told_ = routes;
    told_at_ = now;
    return {};
}

// Checks each name that leads somewhere.
Result<void> Domains::look(const std::vector<Served>& all, std::vector<Domain> names) {
    std::erase_if(names, [&all](const Domain& name) {
        return name.state == State::waiting ||
               std::ranges::find(all, name.project_id, &Served::project_id) == all.end();
    });
    const contracts::Instant began = needs_.clock.instant();
    for (const Domain& name : due_names(std::move(names), needs_.clock.now())) {
        const auto served = std::ranges::find(all, name.project_id, &Served::project_id);
        const Result<void> answered = needs_.ask(name.domain, served->health);
        const std::string reason =
            answered ? std::string()
                     : std::string(contracts::beginning(answered.error().describe(), kShownReason));
        const Result<void> noted = needs_.database.transaction(
            [&](Transaction& tx) { return note_answer(tx, name, *served, reason); });
        if (!noted) return noted;
        if (needs_.clock.instant() - began > kLooksOfPass) break;
    }
    return {};
}

// A name that has not answered for a while is an incident. A project that is down says nothing
// about its name: once live, the name stays live.
Result<void> Domains::note_answer(Transaction& tx, const Domain& name, const Served& served,
                                  const std::string& reason) const {
    const Timestamp now = needs_.clock.now();
    const bool is_live = reason.empty() || name.state == State::live;
    if (Result<void> put = project_domains::note(
            tx, name.domain, is_live ? State::live : State::leading, reason, now);
        !put)
        return put;
    if (is_live) {
        const auto over =
            incidents::resolve(tx, served.server_id, IncidentType::domain_failed, name.domain, now);
        return over ? Result<void>() : over.fault();
    }
    if (now - name.since < kPatience) return {};
    contracts::Incident incident;
    incident.server_id = served.server_id;
    incident.severity = contracts::Severity::high;
    incident.type = IncidentType::domain_failed;
    incident.subject = name.domain;
    incident.title = name.domain + " does not answer over https";
    incident.description = reason +
                           ". Check that its DNS entry leads here and that ports 80 and 443 are "
                           "open; until it answers, "
                           "the deployment is reached at " +
                           served.url;
    incident.details = {{"project_id", name.project_id}};
    const auto opened = incidents::open_once(tx, std::move(incident), now);
    return opened ? Result<void>() : opened.fault();
}

// A name that no longer leads anywhere is not checked again, so its incident ends here.
Result<void> Domains::resolve_gone() {
    return needs_.database.transaction([&](Transaction& tx) {
        return run(
            tx,
            "UPDATE incidents SET status = 'resolved', resolved_at = $1, version = version "
            "+ 1 WHERE type = 'domain_failed' AND status = 'open' AND subject NOT IN (SELECT "
            "n.domain FROM project_domains n JOIN service_deployments d ON d.project_id = "
            "n.project_id WHERE n.state = 'leading' AND d.status IN ('active', 'failed'))",
            {std::int64_t{needs_.clock.now().time_since_epoch().count()}});
    });
}

Result<void> Domains::write_urls(const std::vector<Served>& all, const std::vector<Domain>& names) {
    for (const Served& one : all) {
        const std::string name = project_domains::live_name(names, one.project_id);
        const bool is_https = one.url.starts_with("https://");
        if (name.empty() && !is_https) continue;
        const std::string url = name.empty() ? needs_.public_url(one.port) : "https://" + name;
        if (url == one.url) continue;
        const Result<void> written = needs_.database.transaction([&](Transaction& tx) {
            return run(tx,
                       "UPDATE service_deployments SET url = $1, version = version + 1 WHERE id = "
                       "$2 AND url = $3",
                       {url, one.id, one.url});
        });
        if (!written) return written;
    }
    return {};
}

Result<DomainPass> Domains::pass() {
    const auto all = served();
    if (!all) return all.fault();
    if (Result<void> named = name_all(*all); !named) return named.fault();
    if (Result<void> checked = check_entries(); !checked) return checked.fault();
    auto before = project_domains::all(needs_.database);
    if (!before) return before.fault();
    const std::vector<WebRoute> wanted = routes(*all, *before);
    if (Result<void> told = tell_router(wanted); !told) return told.fault();
    if (Result<void> looked = look(*all, *std::move(before)); !looked) return looked.fault();
    if (Result<void> gone = resolve_gone(); !gone) return gone.fault();
    const auto names = project_domains::all(needs_.database);
    if (!names) return names.fault();
    if (Result<void> written = write_urls(*all, *names); !written) return written.fault();
    return DomainPass{.routes = static_cast<std::int64_t>(wanted.size()),
                      .live = std::ranges::count(*names, State::live, &Domain::state)};
}

}  // namespace control
