// All commands of the program, in the order in which help lists them; the commands of a group are
// next to each other.
#pragma once

#include "cli/command.h"

namespace cli::commands {

[[nodiscard]] std::span<const CommandEntry> all();

std::unique_ptr<Command> project_create();
std::unique_ptr<Command> project_list();
std::unique_ptr<Command> project_get();
std::unique_ptr<Command> project_tasks();
std::unique_ptr<Command> project_delete();
std::unique_ptr<Command> project_secret_set();
std::unique_ptr<Command> project_secret_list();
std::unique_ptr<Command> project_secret_unset();
std::unique_ptr<Command> engineering_start();
std::unique_ptr<Command> engineering_status();
std::unique_ptr<Command> engineering_wait();
std::unique_ptr<Command> engineering_cancel();
std::unique_ptr<Command> engineering_answer();
std::unique_ptr<Command> deploy_start();
std::unique_ptr<Command> deploy_status();
std::unique_ptr<Command> deploy_wait();
std::unique_ptr<Command> deploy_answer();
std::unique_ptr<Command> deploy_stop();
std::unique_ptr<Command> deploy_logs();
std::unique_ptr<Command> domain_list();
std::unique_ptr<Command> domain_add();
std::unique_ptr<Command> domain_remove();
std::unique_ptr<Command> docs_list();
std::unique_ptr<Command> docs_search();
std::unique_ptr<Command> infra_servers();
std::unique_ptr<Command> infra_show();
std::unique_ptr<Command> infra_add();
std::unique_ptr<Command> infra_provision();
std::unique_ptr<Command> infra_release();
std::unique_ptr<Command> infra_reserve_port();
std::unique_ptr<Command> infra_incidents();
std::unique_ptr<Command> infra_resolve();
std::unique_ptr<Command> schedule_list();
std::unique_ptr<Command> schedule_run();
std::unique_ptr<Command> queue_list();
std::unique_ptr<Command> queue_show();
std::unique_ptr<Command> queue_requeue();
std::unique_ptr<Command> queue_drop();
std::unique_ptr<Command> settings_list();
std::unique_ptr<Command> settings_set();
std::unique_ptr<Command> settings_changes();
std::unique_ptr<Command> daemon_list();
std::unique_ptr<Command> daemon_forget();
std::unique_ptr<Command> flow_list();
std::unique_ptr<Command> flow_show();
std::unique_ptr<Command> flow_pause();
std::unique_ptr<Command> flow_resume();
std::unique_ptr<Command> flow_retry();
std::unique_ptr<Command> flow_answer();
std::unique_ptr<Command> flow_cancel();
std::unique_ptr<Command> egress_list();
std::unique_ptr<Command> audit_list();
std::unique_ptr<Command> audit_export();
std::unique_ptr<Command> worker_list();
std::unique_ptr<Command> worker_show();
std::unique_ptr<Command> worker_logs();
std::unique_ptr<Command> worker_kill();
std::unique_ptr<Command> token_create();
std::unique_ptr<Command> token_list();
std::unique_ptr<Command> token_revoke();
std::unique_ptr<Command> remind();
std::unique_ptr<Command> reminder_list();
std::unique_ptr<Command> reminder_cancel();
std::unique_ptr<Command> usage();
std::unique_ptr<Command> budget_show();
std::unique_ptr<Command> budget_set();
std::unique_ptr<Command> web_link();
std::unique_ptr<Command> web_sessions();
std::unique_ptr<Command> web_end();
std::unique_ptr<Command> respond();
std::unique_ptr<Command> diagnose_api();
std::unique_ptr<Command> diagnose_redis();
std::unique_ptr<Command> diagnose_projects();
std::unique_ptr<Command> diagnose_infra();
std::unique_ptr<Command> diagnose_work();
std::unique_ptr<Command> mcp();
std::unique_ptr<Command> completion();
std::unique_ptr<Command> man();
std::unique_ptr<Command> version();

}  // namespace cli::commands
