#pragma once
#include <signal.h>
#include <stddef.h>

/// signalfd(2), close-on-exec, for the signals of a bit mask (bit n-1 for signal n); blocks them too.
int cl_signalfd(unsigned long mask);
/// Reads one signal from a signalfd: its number; 0 at none (non-blocking).
int cl_signalfd_read(int fd);
/// pthread_sigmask(3): unblocks all signals.
int cl_unblock_signals(void);
