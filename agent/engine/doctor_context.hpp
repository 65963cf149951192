// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/doctor.hpp"
#include "envkeep/engine/session.hpp"

#include <optional>
#include <string>
#include <vector>

// What the doctor has from the store and its manifest.
namespace envkeep::engine {

struct DoctorContext {
    std::string home;
    std::string store_base;  // the persistent folder; empty: none
    std::string store;       // our folder in it; empty: none
    std::string gpu_folder;  // absolute, in the store; empty: none
    std::string profile;     // whose sessions are compared with one another; may be empty
    std::optional<manifest::Gpu> gpu;
    std::vector<std::string> variables;  // of the manifest's `env`, what it includes apart
    std::vector<std::string> search;     // folders
    bool wants_repositories = false;
    std::vector<model::Finding> findings;  // what of it the doctor must do without
};

[[nodiscard]] DoctorContext context_of(const Session& session);

// Where no session can be opened empty, but for a finding if a store was named or is there: the
// doctor does without what it would say.
[[nodiscard]] DoctorContext find_context(const World& world, const Options& options);

[[nodiscard]] Result<DoctorReport> examine(const World& world, const DoctorContext& context);

// A file of the store's folder for the doctor; none if it is not there.
[[nodiscard]] std::optional<Result<std::string>> read_gpu_file(const World& world,
                                                               const DoctorContext& context,
                                                               std::string_view name,
                                                               std::uint64_t limit);

// The program's own compatibility data, or those of `gpu/compat.json` in the store if they are
// sound and newer; if not, a finding says so.
struct ChosenData {
    std::optional<gpu::CompatData> of_store;
    std::string file;  // of the store's, if they were taken
    std::vector<model::Finding> findings;

    [[nodiscard]] const gpu::CompatData& data() const {
        return of_store ? *of_store : gpu::built_in_compat_data();
    }
};

[[nodiscard]] ChosenData choose_compat_data(const World& world, const DoctorContext& context);

}  // namespace envkeep::engine
