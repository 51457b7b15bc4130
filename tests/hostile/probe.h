/* A hostile agent, taken apart into probes: each tries one thing against its wrapper (PID 1), its
 * container or the machine, in a process of its own, and reports how it ended. The file `report`
 * of the workspace has one line a probe:
 *
 *   name <tab> verdict <tab> what happened <tab> milliseconds until PID 1 answered after it
 *
 * blocked     refused by the target
 * harmless    possible but of no use; the line says why
 * SUCCEEDED   the wall has a hole (or the probe itself broke, which does not count as blocked)
 */
#ifndef HOSTILE_PROBE_H
#define HOSTILE_PROBE_H

#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct probe {
    const char* name;
    void (*run)(const struct probe*);
    long number;
    const char* text;
};

/* Puts one on the list; the name is made of `name` and `text`, and `text`, where it is a path, is
 * then the path as it is here. */
void add(const char* name, void (*run)(const struct probe*), long number, const char* text);

/* How a probe ends. */
_Noreturn void blocked(const char* format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void harmless(const char* format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void succeeded(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the probe by what a call returned and by errno: one that went through, or that failed in
 * another way than by being refused, succeeded. `missing`: that the thing is not there will do. */
_Noreturn void refused(long result);
_Noreturn void refused_or_missing(long result);
int is_refusal(int error);
int is_missing(int error);

/* Secrets have the shape canary-<32 hex digits>; the program holds none itself. */
int holds_canary(const char* bytes, size_t size);
/* Reads all of `fd` (at most 64 MiB), ends the probe where a canary is in it; the bytes read. */
size_t search(int fd, const char* where);

/* Where a path of a container lies for us. The same in a container; where the worker is a process
 * of this machine, HOSTILE_WORKER, HOSTILE_BIN, HOSTILE_RUN and HOSTILE_DATA name the directories.
 */
const char* at(const char* path);
/* Who is in the wrapper's place: PID 1 of a container, else our parent's number. */
int wrapper_pid(void);
/* The relays' ports, as the agent is told of them. */
unsigned model_port(void);
unsigned git_port(void);
unsigned egress_port(void);

/* A request over the agent's socket, one line; the answer's length, -1 without one. */
int dial_agent_socket(void);
ssize_t ask_agent_socket(const char* line, char* answer, size_t size);
ssize_t read_line(int fd, char* answer, size_t size, int timeout_ms);
int dial_loopback(unsigned port);
/* Whether PID 1 answers now; the milliseconds it took, -1 when it does not. */
long wrapper_answers(void);

/* The groups. */
void add_proc_probes(void);
void add_signal_probes(void);
void add_process_probes(void);
void add_privilege_probes(void);
void add_kernel_probes(void);
void add_mount_probes(void);
void add_network_probes(void);
void add_file_probes(void);
void add_machine_probes(void);
void add_door_probes(void);
void add_relay_probes(void);
void add_flood_probes(void);
void add_hoard_probes(void);
void add_bomb_probes(void);
void add_later_probes(void);

/* What the daemon and other workers keep on this machine; nothing in a container. */
void add_neighbour_probes(void);

/* Of somebody whom the engine put into the container with the agent's uid and no wall of ours. */
void add_entered_probes(void);

/* Goes on after the agent has said its last word. */
void leave_escapees(void);

#endif
