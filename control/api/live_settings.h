// The settings that may be changed while the daemon runs, as the API serves them. The wiring
// supplies the list and the accepted values.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct SettingEntry {
    std::string name;
    std::string value;   // the value in effect
    std::string origin;  // "environment", or "store" if somebody changed it
    std::string takes;
    std::string summary;
    std::optional<std::string> changed_by{};
    std::optional<contracts::Timestamp> changed_at{};
};
void visit_fields(SettingEntry& entry, contracts::FieldList& fields);

struct NewSettingValue {
    std::optional<std::string> value;  // absent: go back to the value of the environment
};
void visit_fields(NewSettingValue& body, contracts::FieldList& fields);

struct SettingChangeEntry {
    std::string name;
    std::optional<std::string> value;
    std::string changed_by;
    contracts::Timestamp changed_at{};
};
void visit_fields(SettingChangeEntry& entry, contracts::FieldList& fields);

// GET /api/settings
void handle_settings(Exchange&& exchange);
// PUT /api/settings/{name}: every daemon of the store follows within a second or two.
void handle_set_setting(Exchange&& exchange);
// GET /api/setting_changes
void handle_setting_changes(Exchange&& exchange);

}  // namespace control
