#include "control/api/handlers.h"

#include "contracts/base/text.h"
#include "contracts/fields/shape.h"
#include "control/api/audit.h"
#include "control/store/projects.h"

#include <algorithm>
#include <charconv>

namespace control {

using contracts::FieldNames;
using contracts::Json;

namespace {

bool is_json(std::string_view content_type) {
    std::string type = contracts::lower_case(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && type.back() == ' ')
        type.pop_back();
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

Result<std::size_t> parse_limit(const std::string& text) {
    std::size_t limit = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc{} || rest != text.data() + text.size() || limit < 1 || limit > kMaxPage)
        return fail(ErrorKind::invalid,
                    "must be 1 to " + std::to_string(kMaxPage) + ", not " +
                        contracts::shape_of_number(text, 1),
                    "limit");
    return limit;
}

Result<void> check_choice(const FilterParameter& filter, const std::string& value) {
    if (filter.choices.empty() || std::ranges::find(filter.choices, value) != filter.choices.end())
        return {};
    return fail(ErrorKind::invalid,
                "must be one of: " + contracts::joined(filter.choices) + ", not " +
                    contracts::shape_of_text(value),
                std::string(filter.name));
}

Result<void> take_filter(const Route& route, const std::string& name, const std::string& value,
                         PageRequest& page) {
    for (const FilterParameter& filter : route.filters) {
        if (filter.name != name) continue;
        if (Result<void> checked = check_choice(filter, value); !checked) return checked;
        page.filters.push_back({name, value});
        return {};
    }
    std::string known = "limit, cursor";
    for (const FilterParameter& filter : route.filters)
        known.append(", ").append(filter.name);
    return fail(ErrorKind::invalid, "is not a parameter of this list", name, "it takes: " + known);
}

}  // namespace

void Exchange::refuse(const Error& error) const {
    refuse(status_of(error.kind), error);
}

Error for_caller(const Error& error) {
    if (!contracts::is_retryable(error.kind) && error.kind != ErrorKind::timed_out) return error;
    return {ErrorKind::transient,
            "this cannot be done at the moment; the daemon's log has the cause",
            {},
            "try again"};
}

void Exchange::refuse(int status, const Error& error) const {
    if (status >= 500)
        context->log.error("request failed", {{"method", request.method},
                                              {"path", request.path},
                                              {"caller", caller->name},
                                              {"error", error.describe()}});
    reply(problem(status, status >= 500 ? for_caller(error) : error));
}

std::optional<Json> take_json(const Exchange& exchange) {
    const std::string_view type = exchange.request.header("Content-Type");
    if (!type.empty() && !is_json(type)) {
        exchange.refuse(415, {ErrorKind::invalid, "the body must be JSON", "Content-Type",
                              "send Content-Type: application/json"});
        return std::nullopt;
    }
    const std::string_view encoding = exchange.request.header("Content-Encoding");
    if (!encoding.empty() && contracts::lower_case(encoding) != "identity") {
        HttpResponse refused =
            problem(415, {ErrorKind::invalid, "the body must not be compressed", "Content-Encoding",
                          "send plain JSON, without this header"});
        refused.headers.push_back({"Accept-Encoding", "identity"});
        exchange.reply(std::move(refused));
        return std::nullopt;
    }
    Result<Json> json = contracts::parse_json(exchange.request.body);
    if (!json) {
        exchange.refuse(400, json.error());
        return std::nullopt;
    }
    return *std::move(json);
}

Result<FieldNames> removed_by(const Json& change, const Json& known, const FieldNames& removable,
                              const Caller& caller) {
    FieldNames removed;
    if (!change.is_object()) return removed;
    for (const auto& [name, value] : change.items()) {
        if (!value.is_null() || !known.contains(name)) continue;
        if (!removable.contains(name))
            return fail(ErrorKind::invalid, "must not be null", name,
                        "leave out fields that should not change");
        if (!caller.is_admin())
            return fail(ErrorKind::permission, "only an administrator may remove it", name,
                        "leave it out");
        removed.insert(name);
    }
    return removed;
}

Result<void> check_texts(const Json& body, const Json& known) {
    if (!body.is_object()) return {};
    for (const auto& [name, value] : body.items())
        if (value.is_string() && known.contains(name) &&
            value.get_ref<const std::string&>().find('\0') != std::string::npos)
            return fail(ErrorKind::invalid, "contains the character U+0000", name, "remove it");
    return {};
}

Error changes_nothing(const Json& known) {
    std::string names;
    for (const auto& [name, form] : known.items())
        names.append(names.empty() ? "" : ", ").append(name);
    return {ErrorKind::invalid, "changes nothing", {}, "send at least one of: " + names};
}

// "<milliseconds>~<id>": the end of a page (control/store/entity_table.cpp).
bool is_cursor(std::string_view text) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    return digits > 0 && digits <= 15 && digits + 1 < text.size() && text[digits] == '~';
}

Result<PageRequest> page_of(const Exchange& exchange) {
    PageRequest page;
    page.owner = exchange.caller->owner();
    for (const auto& [name, value] : exchange.request.query) {
        if (value.find('\0') != std::string::npos)
            return fail(ErrorKind::invalid, "contains the character U+0000", name, "remove it");
        if (name == "limit") {
            Result<std::size_t> limit = parse_limit(value);
            if (!limit) return limit.fault();
            page.limit = *limit;
        } else if (name == "cursor") {
            if (!is_cursor(value))
                return fail(ErrorKind::invalid, "is not a cursor of this list", "cursor",
                            "use the cursor from the Link header of the previous page");
            page.cursor = value;
        } else if (Result<void> taken = take_filter(*exchange.route, name, value, page); !taken) {
            return taken.fault();
        }
    }
    return page;
}

Result<void> check_project(Queries& db, const Exchange& exchange) {
    const auto project = projects::find(db, exchange.id, exchange.caller->owner());
    return project ? Result<void>() : project.fault();
}

Result<std::size_t> one_page_limit(const Exchange& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return request.fault();
    if (!request->cursor.empty())
        return fail(ErrorKind::invalid, "is not supported: this list has only one page", "cursor",
                    "raise the limit");
    return request->limit;
}

std::string next_link(const Exchange& exchange, const std::string& cursor) {
    std::string link = "<" + exchange.request.path + "?";
    for (const auto& [name, value] : exchange.request.query)
        if (name != "cursor")
            link.append(encode_percent(name)).append("=").append(encode_percent(value)).append("&");
    return link.append("cursor=").append(encode_percent(cursor)).append(">; rel=\"next\"");
}

Result<idempotency::Request> request_of(const Exchange& exchange, const Json& body) {
    idempotency::Request request;
    request.key = exchange.request.header("Idempotency-Key");
    if (!exchange.request.has("Idempotency-Key")) return request;
    const bool plain =
        std::ranges::all_of(request.key, [](char c) { return c > 0x20 && c < 0x7f; });
    if (request.key.empty() || request.key.size() > 255 || !plain)
        return fail(
            ErrorKind::invalid,
            "must be 1 to 255 visible characters, not " + contracts::shape_of_text(request.key),
            "Idempotency-Key");
    // A worker's successor acts for the same user and must find what its predecessor created.
    const Caller& caller = *exchange.caller;
    request.caller = caller.user_id.empty() ? caller.name : "user " + caller.user_id;
    request.route = std::string(exchange.route->method).append(" ").append(exchange.route->pattern);
    request.body_digest = contracts::sha256_hex(contracts::dump_json(body));
    return request;
}

std::string etag(std::int64_t version) {
    return '"' + std::to_string(version) + '"';
}

// "*", or a list of quoted marks separated by commas.
bool is_mark_list(std::string_view header) {
    if (header == "*") return true;
    while (true) {
        if (header.starts_with("W/")) header.remove_prefix(2);
        if (!header.starts_with('"')) return false;
        const std::size_t end = header.find('"', 1);
        if (end == std::string_view::npos) return false;
        header.remove_prefix(end + 1);
        if (header.empty()) return true;
        const std::size_t next = header.find_first_not_of(" ,");
        const std::size_t comma = header.find(',');
        if (next == std::string_view::npos || comma > next) return false;
        header.remove_prefix(next);
    }
}

bool names_version(std::string_view header, std::int64_t version) {
    const std::string wanted = etag(version);
    while (!header.empty()) {
        std::string_view one = header.substr(0, header.find(','));
        header.remove_prefix(std::min(one.size() + 1, header.size()));
        while (one.starts_with(' '))
            one.remove_prefix(1);
        while (one.ends_with(' '))
            one.remove_suffix(1);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == wanted) return true;
    }
    return false;
}

HttpResponse created(const Exchange& exchange, std::string_view id, std::string body) {
    HttpResponse response = json_text_response(201, std::move(body));
    response.headers.push_back({"Location", exchange.request.path + '/' + encode_percent(id)});
    return with_etag(std::move(response), 1);
}

HttpResponse created_before(const Exchange& exchange, std::string body) {
    const Result<Json> entity = contracts::parse_json(body);
    const std::string id = entity ? entity->value("id", std::string()) : std::string();
    return created(exchange, id, std::move(body));
}

HttpResponse with_etag(HttpResponse response, std::int64_t version) {
    response.headers.push_back({"ETag", etag(version)});
    return response;
}

void Write::finish(const Result<void>& outcome) const {
    if (outcome) {
        if (wakes && exchange.context->bell != nullptr) exchange.context->bell->ring();
        return exchange.reply(answer);
    }
    if (is_stale) return exchange.refuse(412, outcome.error());
    exchange.refuse(outcome.error());
}

void write_and_answer(const std::shared_ptr<Write>& write,
                      std::function<Result<void>(Transaction&, Write&)> work) {
    Database& database = write->exchange.context->database;
    database.transaction_async(
        [write, work = std::move(work),
         entry = audit_entry(write->exchange)](Transaction& tx) mutable -> Result<void> {
            write->is_stale = false;
            write->repeats = false;
            if (Result<void> done = work(tx, *write); !done) return done;
            if (write->repeats || write->answer.status >= 400) return {};
            entry.subject = audit_subject(write->exchange, write->answer);
            return audit_log::add(tx, entry);
        },
        [write](const Result<void>& outcome) { write->finish(outcome); });
}

Result<void> check_precondition(Write& write, std::int64_t version) {
    const HttpRequest& request = write.exchange.request;
    const std::string_view header = request.header("If-Match");
    if (!request.has("If-Match")) return {};
    if (!is_mark_list(header))
        return fail(ErrorKind::invalid, "must be * or a list of quoted ETags", "If-Match",
                    "send the ETag as you received it");
    if (names_version(header, version)) return {};
    write.is_stale = true;
    return fail(ErrorKind::conflict, "has changed: its ETag is " + etag(version), "If-Match",
                "read it again");
}

}  // namespace control
