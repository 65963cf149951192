// SPDX-License-Identifier: MIT
#include "envkeep/engine/doctor.hpp"

#include "engine/stopwatch.hpp"
#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/observe.hpp"
#include "envkeep/store/find.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

bool is_below_the_framework(gpu::Stage stage) {
    return stage < gpu::Stage::framework;
}

Ending ending_of(const gpu::Diagnosis& diagnosis) {
    if (std::ranges::any_of(diagnosis.broken, is_below_the_framework)) {
        return Ending::gpu;
    }
    const bool is_well = std::ranges::all_of(diagnosis.findings, [](const model::Finding& finding) {
        return finding.severity == model::Severity::info;
    });
    return is_well ? Ending::well : Ending::findings;
}

}  // namespace

Result<DoctorReport> examine(const World& world, const Options& options) {
    if (world.inspector == nullptr) {
        return failure(ErrorKind::unsupported, "this machine cannot be looked at");
    }
    Stopwatch watch(world.machine);
    gpu::Surroundings surroundings;
    ENVKEEP_TRY(surroundings.home, store::find_home(options.home, world.machine, world.files));
    ENVKEEP_TRY(surroundings.mounts, world.machine.mounts());
    surroundings.uid = world.machine.effective_uid();
    const auto store =
        store::choose_store(options.store, world.own_binary, world.machine, world.files);
    surroundings.store = store ? store->base : std::string();
    DoctorReport report{.home = surroundings.home,
                        .facts = gpu::observe(*world.inspector, surroundings)};
    watch.lap("facts");
    const gpu::CompatData& data = gpu::built_in_compat_data();
    watch.lap("data");
    for (const gpu::PciCard& card : report.facts.pci.cards) {
        report.cards.push_back(gpu::name_of(card, data));
    }
    if (const auto driver = report.facts.driver.version()) {
        const auto highest = data.highest_cuda(*driver);
        report.highest_cuda = highest ? highest->text() : std::string();
    }
    report.diagnosis = gpu::diagnose(report.facts, data);
    report.ending = ending_of(report.diagnosis);
    watch.lap("checks");
    report.timings = watch.take();
    return report;
}

}  // namespace envkeep::engine
