// SPDX-License-Identifier: MIT
#include "envkeep/engine/doctor.hpp"

#include "engine/doctor_context.hpp"
#include "engine/good_session.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/gpu/capture.hpp"
#include "envkeep/gpu/observe.hpp"
#include "envkeep/gpu/wishes.hpp"
#include "envkeep/store/find.hpp"
#include "envkeep/system/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view capture_record = "/envkeep-capture.json";
constexpr std::uint64_t largest_record = std::uint64_t{16} << 20U;

bool is_of_the_gpu(gpu::Stage stage) {
    return stage < gpu::Stage::framework || stage == gpu::Stage::probe;
}

Ending ending_of(const gpu::Diagnosis& diagnosis) {
    if (std::ranges::any_of(diagnosis.broken, is_of_the_gpu)) {
        return Ending::gpu;
    }
    const bool is_well = std::ranges::all_of(diagnosis.findings, [](const model::Finding& finding) {
        return finding.severity == model::Severity::info;
    });
    return is_well ? Ending::well : Ending::findings;
}

// Of a captured machine its record tells what the one who captured it knew by other means.
Result<gpu::Surroundings> surroundings_of(const World& world, const Options& options) {
    gpu::Surroundings found{.uid = world.machine.effective_uid()};
    auto mounts = world.machine.mounts();
    if (!mounts && options.root) {
        return failure(ErrorKind::usage,
                       quoted(*options.root) + " holds no captured machine",
                       "unpack a capture there first: tar -xf FILE -C DIR");
    }
    ENVKEEP_TRY(found.mounts, std::move(mounts));
    if (options.root) {
        const auto text = world.inspector->read(std::string(capture_record), largest_record);
        const auto record = text ? Json::parse(*text) : Json();
        gpu::take_recorded(record.value_or(Json()), found);
    }
    if (options.home || found.home.empty()) {
        ENVKEEP_TRY(found.home, store::find_home(options.home, world.machine, world.files));
    }
    if (options.store || found.store.empty()) {
        const auto store =
            store::choose_store(options.store, world.own_binary, world.machine, world.files);
        found.store = store ? store->base : std::string();
    }
    return found;
}

Result<void> write_capture(const World& world, const std::string& file, std::string_view bytes) {
    if (world.writer == nullptr) {
        return failure(ErrorKind::usage, "a captured machine cannot be captured again");
    }
    const std::size_t slash = file.rfind('/');
    const std::string parent = slash == 0 ? "/" : file.substr(0, slash);
    ENVKEEP_TRY(RelPath name, RelPath::parse(file.substr(slash + 1)));
    if (name.is_root()) {
        return failure(ErrorKind::usage, quoted(file) + " is a folder", "name a file in it");
    }
    Result<system::RootId> folder = world.files.open_root(parent);
    if (!folder) {
        folder.error().hint = "name a file in a folder that is there and that you may write";
        return tl::unexpected(std::move(folder).error());
    }
    constexpr std::uint32_t for_its_user = 0600;
    Result<void> written = world.writer->write_file(
        {.root = *folder, .path = std::move(name)}, bytes, for_its_user, std::nullopt);
    if (!written && written.error().kind == ErrorKind::already_exists) {
        return failure(
            ErrorKind::already_exists, quoted(file) + " is there already", "name another file");
    }
    if (!written && written.error().hint.empty()) {
        written.error().hint = "name a file in another folder";
    }
    return written;
}

void append(const std::vector<model::Finding>& from, std::vector<model::Finding>& to) {
    to.insert(to.end(), from.begin(), from.end());
}

bool lies_within(const World& world, const std::string& path, const std::string& folder) {
    const auto parent = world.files.real_path(path.substr(0, path.rfind('/')));
    const auto around = world.files.real_path(folder);
    return parent && around && is_path_within(*parent, *around);
}

bool is_possible(const World& world,
                 const DoctorContext& context,
                 const std::string& home,
                 const model::Repair& repair) {
    switch (repair.kind) {
        case model::RepairKind::drop_variable:
            return std::ranges::find(context.variables, repair.subject) != context.variables.end();
        case model::RepairKind::run_ldconfig:
            return world.machine.effective_uid() == 0;
        case model::RepairKind::move_aside:
        case model::RepairKind::set_mode:
            break;
    }
    return lies_within(world, repair.subject, home) ||
           (!context.store.empty() && lies_within(world, repair.subject, context.store));
}

// What `cure` would only refuse is not offered.
void drop_impossible_repairs(const World& world,
                             const DoctorContext& context,
                             const std::string& home,
                             std::vector<model::Finding>& findings) {
    for (model::Finding& finding : findings) {
        std::erase_if(finding.fix.repairs, [&](const model::Repair& repair) {
            return world.writer == nullptr || !is_possible(world, context, home, repair);
        });
    }
}

Result<DoctorReport> look(const World& world,
                          const DoctorContext& context,
                          const gpu::Surroundings& surroundings,
                          const DoctorOptions& wishes) {
    Stopwatch watch(world.machine);
    const system::Recorder recorder(*world.inspector);
    const bool captures = !wishes.capture.empty();
    const system::Inspector& machine =
        captures ? static_cast<const system::Inspector&>(recorder) : *world.inspector;
    DoctorReport report{.home = surroundings.home, .facts = gpu::observe(machine, surroundings)};
    if (captures) {
        const std::string bytes = gpu::capture_of(recorder.recording(), surroundings);
        ENVKEEP_CHECK(write_capture(world, wishes.capture, bytes));
        report.capture = wishes.capture;
        report.capture_bytes = bytes.size();
    }
    watch.lap("facts");
    if (wishes.probe && world.processes == nullptr) {
        report.not_probed = "not tried: of a captured machine there are only files";
    } else if (wishes.probe &&
               !gpu::is_of_user(*world.inspector, report.facts.notebook, surroundings.uid)) {
        report.not_probed = fmt::format(
            "not tried: the notebook (process {}) is another user's; run it as that user",
            report.facts.notebook.pid);
    } else if (wishes.probe) {
        report.facts.probe = gpu::run_probe(
            *world.processes, *world.inspector, report.facts.notebook, {.depth = *wishes.probe});
        watch.lap("probe");
    }
    const ChosenData chosen = choose_compat_data(world, context);
    const gpu::CompatData& data = chosen.data();
    report.data = data.compiled;
    report.data_file = chosen.file;
    watch.lap("data");
    for (const gpu::PciCard& card : report.facts.pci.cards) {
        if (gpu::is_own_card(report.facts, card)) {
            report.cards.push_back(gpu::name_of(card, data));
        }
    }
    if (const auto driver = report.facts.driver.version()) {
        const auto highest = data.highest_cuda(*driver);
        report.highest_cuda = highest ? highest->text() : std::string();
    }
    report.diagnosis = gpu::diagnose(report.facts, data);
    if (context.gpu) {
        report.diagnosis =
            gpu::with_wishes(std::move(report.diagnosis), *context.gpu, report.facts, data);
    }
    append(chosen.findings, report.diagnosis.findings);
    append(context.findings, report.diagnosis.findings);
    drop_impossible_repairs(world, context, report.home, report.diagnosis.findings);
    compare_with_good_session(world, context, report);
    report.ending = ending_of(report.diagnosis);
    report.wants_repositories = context.wants_repositories;
    watch.lap("checks");
    report.timings = watch.take();
    return report;
}

}  // namespace

Result<DoctorReport> examine(const World& world,
                             const Options& options,
                             const DoctorOptions& wishes) {
    if (world.inspector == nullptr) {
        return failure(ErrorKind::unsupported, "this machine cannot be looked at");
    }
    ENVKEEP_TRY(gpu::Surroundings surroundings, surroundings_of(world, options));
    const DoctorContext context = find_context(world, options);
    surroundings.search = context.search;
    surroundings.searches_all = wishes.probe == gpu::ProbeDepth::compute;
    return look(world, context, surroundings, wishes);
}

Result<DoctorReport> examine(const World& world, const DoctorContext& context) {
    if (world.inspector == nullptr) {
        return failure(ErrorKind::unsupported, "this machine cannot be looked at");
    }
    gpu::Surroundings surroundings{.home = context.home,
                                   .store = context.store_base,
                                   .uid = world.machine.effective_uid(),
                                   .search = context.search};
    ENVKEEP_TRY(surroundings.mounts, world.machine.mounts());
    return look(world, context, surroundings, {});
}

std::vector<model::Finding> unmet_wishes(const World& world, const Session& session) {
    const DoctorContext context = context_of(session);
    if (!context.gpu || context.gpu->expect == manifest::GpuExpectation::none) {
        return {};
    }
    const Result<DoctorReport> report = examine(world, context);
    return report ? gpu::with_wishes(
                        {}, *context.gpu, report->facts, choose_compat_data(world, context).data())
                        .findings
                  : std::vector<model::Finding>();
}

}  // namespace envkeep::engine
