// The daemon's settings, read from its environment; all faults are reported together. One file per
// section; wiring passes each role the values that it needs.
#pragma once

#include "control/settings/bus.h"
#include "control/settings/chat.h"
#include "control/settings/deployments.h"
#include "control/settings/domain.h"
#include "control/settings/egress.h"
#include "control/settings/engineering.h"
#include "control/settings/forge.h"
#include "control/settings/knowledge.h"
#include "control/settings/listen.h"
#include "control/settings/log.h"
#include "control/settings/models.h"
#include "control/settings/places.h"
#include "control/settings/scheduler.h"
#include "control/settings/servers.h"
#include "control/settings/store.h"
#include "control/settings/telegram.h"
#include "control/settings/templates.h"
#include "control/settings/web.h"
#include "control/settings/workers.h"

#include <set>
#include <span>

namespace control {

struct Settings {
    std::set<std::string, std::less<>> roles;  // ROLES
    PlaceSettings places;
    ListenSettings listen;
    StoreSettings store;
    BusSettings bus;
    ForgeSettings forge;
    RuntimeSettings runtime;
    WorkerSettings workers;
    ModelSettings models;
    egress::Settings egress;
    graphs::EngineeringSettings engineering;
    chat::ChatSettings chat;
    TelegramSettings telegram;
    DeploymentSettings deployments;
    DomainSettings domains;
    TemplateChoice templates;
    SchedulerSettings scheduler;
    ServerSettings servers;
    KnowledgeSettings knowledge;
    WebSettings web;
    LogSettings log;

    [[nodiscard]] bool has_role(std::string_view name) const { return roles.contains(name); }
};

// `program_directory`: contains the daemon's own file. `roles`: all existing roles, which are also
// the value of ROLES if it is not set. Fails with `fatal`.
[[nodiscard]] contracts::Result<Settings> read_settings(contracts::Environment environment,
                                                        const std::string& program_directory,
                                                        std::span<const std::string_view> roles);

}  // namespace control
