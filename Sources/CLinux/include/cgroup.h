// Cgroups: programs that decide on devices, and events.
#pragma once
#include <stdint.h>

/// bpf(2), BPF_PROG_LOAD of a BPF_PROG_TYPE_CGROUP_DEVICE program: a descriptor of it.
int cl_load_device_program(const uint64_t *code, uint32_t count);
/// bpf(2), BPF_PROG_ATTACH to a cgroup's open folder.
int cl_attach_device_program(int cgroup, int program);
/// An inotify descriptor, readable once the file has changed.
int cl_watch_file(const char *path);
