// What a virtual machine's two sides need of C: the guest's kernel modules and power, the host's clock.
#pragma once
#include <stdint.h>

/// finit_module(2) without parameters.
int cl_load_module(int fd);
/// An inotify descriptor on a folder, readable once an entry is made in it.
int cl_watch_folder(const char *path);
/// reboot(2), RB_POWER_OFF; returns only where it failed.
int cl_power_off(void);
/// The processor's time-stamp counter, 0 where there is none.
uint64_t cl_time_stamp_counter(void);
/// The numbers of KVM_GET_API_VERSION and KVM_CREATE_VM.
unsigned long cl_kvm_get_api_version(void);
unsigned long cl_kvm_create_vm(void);
