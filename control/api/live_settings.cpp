#include "control/api/live_settings.h"

#include "contracts/entities/inventory.h"
#include "control/api/handlers.h"
#include "control/store/live_settings.h"

#include <algorithm>

namespace control {

namespace {

SettingEntry setting_entry(const OfferedSetting& offered,
                           const std::vector<live_settings::Change>& changed) {
    SettingEntry entry{.name = offered.name,
                       .value = offered.usual,
                       .origin = "environment",
                       .takes = offered.takes,
                       .summary = offered.summary};
    const auto found = std::ranges::find(changed, offered.name, &live_settings::Change::name);
    if (found == changed.end()) return entry;
    entry.value = found->value.value_or("");
    entry.origin = "store";
    entry.changed_by = found->changed_by;
    entry.changed_at = found->changed_at;
    return entry;
}

const OfferedSetting* find_offered(const Exchange& exchange) {
    const std::vector<OfferedSetting>& all = exchange.context->settings.all;
    const auto found = std::ranges::find(all, exchange.name, &OfferedSetting::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

void visit_fields(SettingEntry& entry, contracts::FieldList& fields) {
    fields.required("name", entry.name, contracts::kIdentifier);
    fields.required("value", entry.value);
    fields.required("origin", entry.origin);
    fields.required("takes", entry.takes);
    fields.required("summary", entry.summary);
    fields.optional("changed_by", entry.changed_by);
    fields.optional("changed_at", entry.changed_at);
}

void visit_fields(NewSettingValue& body, contracts::FieldList& fields) {
    fields.optional("value", body.value, contracts::kRemark);
}

void visit_fields(SettingChangeEntry& entry, contracts::FieldList& fields) {
    fields.required("name", entry.name, contracts::kIdentifier);
    fields.optional("value", entry.value);
    fields.required("changed_by", entry.changed_by);
    fields.required("changed_at", entry.changed_at);
}

void handle_settings(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    const auto changed = live_settings::all(exchange.context->database);
    if (!changed) return exchange.refuse(changed.error());
    std::vector<SettingEntry> entries;
    for (const OfferedSetting& offered : exchange.context->settings.all)
        if (entries.size() < *limit) entries.push_back(setting_entry(offered, *changed));
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_set_setting(Exchange&& exchange) {
    const OfferedSetting* offered = find_offered(exchange);
    if (offered == nullptr)
        return exchange.refuse({ErrorKind::not_found,
                                "is not a setting that can be changed while the daemon runs",
                                "name", "`orchestrator settings list` shows those that can"});
    const std::optional<contracts::Json> json = take_json(exchange);
    if (!json) return;
    Result<NewSettingValue> body = contracts::read_message<NewSettingValue>(*json);
    if (!body) return exchange.refuse(body.error());
    if (body->value) {
        const SettingsOffer& offer = exchange.context->settings;
        if (Result<void> good = check_texts(*json, *json); !good)
            return exchange.refuse(good.error());
        if (Result<void> good = offer.check(exchange.name, *body->value); !good)
            return exchange.refuse(good.error());
    }
    write_and_answer(
        std::make_shared<Write>(std::move(exchange)),
        [value = std::move(body->value), offered = *offered](Transaction& tx,
                                                             Write& write) -> Result<void> {
            const Exchange& exchange = write.exchange;
            const live_settings::Change change{.name = exchange.name,
                                               .value = value,
                                               .changed_by = exchange.caller->name,
                                               .changed_at = exchange.context->clock.now()};
            if (Result<void> set = live_settings::set(tx, change); !set) return set;
            std::vector<live_settings::Change> changed;
            if (value) changed.push_back(change);
            write.answer =
                json_text_response(200, contracts::format_message(setting_entry(offered, changed)));
            return {};
        });
}

void handle_setting_changes(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    auto changes = live_settings::changes(exchange.context->database, *limit);
    if (!changes) return exchange.refuse(changes.error());
    std::vector<SettingChangeEntry> entries;
    for (live_settings::Change& one : *changes)
        entries.push_back({.name = std::move(one.name),
                           .value = std::move(one.value),
                           .changed_by = std::move(one.changed_by),
                           .changed_at = one.changed_at});
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

}  // namespace control
