// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/version.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the driver itself answered to a small program of ours that loaded it: a value. What it did
// not say (not supported, an older driver) is empty.
namespace envkeep::gpu {

struct ProbeStep {
    std::string name;  // "cuInit"
    int card = -1;     // -1: of no card
    int code = 0;
    std::uint32_t microseconds = 0;

    friend bool operator==(const ProbeStep&, const ProbeStep&) = default;
};

// The same once more, without the variables that might be to blame.
struct ProbeTrial {
    std::vector<std::string> left_out;
    bool is_well = false;
    std::vector<std::string> culprits;  // each alone breaks it; all where only together they do

    friend bool operator==(const ProbeTrial&, const ProbeTrial&) = default;
};

// One library of the driver, loaded and asked with the environment of the notebook.
struct ProbePass {
    std::string not_started;  // why the program could not be started; empty: it ran
    std::string library;      // the file that the loader took
    std::string missing;      // what the loader said where it took none
    int code = 0;             // of the first call that failed
    std::string failed;       // that call
    int failed_card = -1;
    std::string last;          // the step that was begun last
    bool is_complete = false;  // it came to its end
    bool is_over_time = false;
    bool is_stuck = false;  // it could not even be killed
    int signal = 0;         // that ended it
    std::string said;       // what was printed meanwhile
    std::optional<unsigned> cards;
    std::vector<ProbeStep> steps;
    std::optional<ProbeTrial> trial;  // where it failed and such variables are set

    [[nodiscard]] bool has_hung() const { return is_over_time; }

    [[nodiscard]] bool has_crashed() const { return signal != 0 && !is_over_time; }

    [[nodiscard]] bool is_well() const {
        return is_complete && code == 0 && missing.empty() && not_started.empty();
    }

    // Because of a variable: without it the same pass is well.
    [[nodiscard]] bool has_culprit() const { return trial && trial->is_well; }

    friend bool operator==(const ProbePass&, const ProbePass&) = default;
};

struct CardProcess {
    std::int64_t pid = 0;  // often of the host's numbers, which mean nothing here
    std::uint64_t memory = 0;

    friend bool operator==(const CardProcess&, const CardProcess&) = default;
};

// As NVML tells it.
struct ProbedCard {
    int code = 0;  // of the first call about it that said that it is lost or must be reset
    std::string name;
    std::string uuid;
    std::string address;  // "0000:00:05.0"
    std::optional<std::uint64_t> memory_total;
    std::optional<std::uint64_t> memory_used;
    std::optional<std::uint64_t> compute_mode;  // 0: any process, 2: none, 3: one process
    std::optional<bool> is_persistent;
    std::optional<bool> is_mig;
    std::uint64_t mig_instances = 0;
    std::optional<std::uint64_t> uncorrected_errors;  // of memory, since the last reset
    bool is_remap_pending = false;
    bool has_remap_failed = false;
    bool is_retirement_pending = false;
    std::optional<std::uint64_t> clock_reasons;  // bits
    std::optional<std::uint64_t> recovery;       // 0: none is needed
    std::optional<std::uint64_t> fabric_state;   // 1: not started, 2: in progress, 3: completed
    std::uint64_t fabric_status = 0;
    bool is_virtual = false;  // a vGPU
    std::optional<bool> is_licensed;
    std::uint64_t links_active = 0;
    std::uint64_t links_down = 0;
    std::uint64_t link_recoveries = 0;
    std::vector<CardProcess> processes;

    friend bool operator==(const ProbedCard&, const ProbedCard&) = default;
};

// As libcuda tells it.
struct ComputedCard {
    std::string name;
    std::string uuid;
    std::string address;
    Capability capability;
    std::uint64_t memory_total = 0;
    std::uint64_t memory_free = 0;
    bool computes = false;  // a kernel ran, and what it wrote is right
    bool copies = false;    // without one: memory was filled and read back
    bool is_wrong = false;  // it answered with wrong words

    friend bool operator==(const ComputedCard&, const ComputedCard&) = default;
};

struct ProbeFacts {
    std::string kernel_version;           // as the kernel's driver says, asked without its library
    std::vector<std::string> host_cards;  // PCI addresses of all that it has, hidden ones too
    std::string driver;                   // by NVML
    std::string cuda;                     // that the driver gives: "12.2"
    std::optional<bool> is_confidential;  // confidential computing is on
    bool accepts_work = false;            // and the cards may be used
    std::optional<ProbePass> nvml;        // none: was not run
    std::optional<ProbePass> libcuda;
    std::vector<ProbedCard> cards;
    std::vector<ComputedCard> computed;

    // All cards that the notebook sees ran a kernel, and the result is right.
    [[nodiscard]] bool computes() const;

    friend bool operator==(const ProbeFacts&, const ProbeFacts&) = default;
};

}  // namespace envkeep::gpu
