// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/way_out.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// The driver's libraries, as the loader finds them in the notebook's process.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

// CUDA is worth a look: the driver is there, and a node or what WSL has for it.
bool is_usable(const Facts& facts) {
    return facts.nodes.has_dxg || (has_driver(facts) && facts.nodes.has_any());
}

std::string shown(const DriverLibrary& library) {
    if (!library.found) {
        return library.soname + ": not found";
    }
    const FoundLibrary& found = *library.found;
    return fmt::format("{}: {} by {}{}",
                       library.soname,
                       found.real,
                       word_of(found.how),
                       found.how == FoundBy::variable ? " " + found.because : "");
}

std::string kernel_driver(const Facts& facts) {
    return "kernel driver: " +
           (facts.driver.version() ? facts.driver.version()->text() : std::string("unknown"));
}

bool is_of_kernel(const Facts& facts) {
    const std::optional<Version> kernel = facts.driver.version();
    return !kernel || !facts.libcuda.version || *kernel == *facts.libcuda.version;
}

std::optional<Finding> musl(const Facts& facts, const CompatData& /*data*/) {
    if (facts.has_glibc_loader || !is_usable(facts)) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "this image has no glibc: NVIDIA's libraries cannot be loaded",
                   .evidence = {"/lib64/ld-linux-x86-64.so.2: not there"},
                   .fix = {.text = "use an image with glibc (Debian, Ubuntu, ...)"}};
}

std::optional<Finding> stale_cache(const Facts& facts, const CompatData& /*data*/) {
    if (!is_usable(facts) || facts.libcuda.found || facts.libcuda.unused.empty() ||
        facts.nodes.has_dxg) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::error,
                    .title = "libcuda.so.1 is here, and the loader's cache does not have it",
                    .evidence = {"/etc/ld.so.cache: no libcuda.so.1"},
                    .fix = {.commands = {"sudo ldconfig"},
                            .text = {},
                            .repairs = {{.kind = model::RepairKind::run_ldconfig}}}};
    for (const std::string& copy : facts.libcuda.unused) {
        finding.evidence.push_back(copy + ": there");
    }
    if (const std::string& folder = facts.libcuda.unlisted_folder; !folder.empty()) {
        finding.evidence.push_back("/etc/ld.so.conf: does not name " + folder);
        finding.fix = {
            .commands = {"echo " + folder + " | sudo tee -a /etc/ld.so.conf && sudo ldconfig"},
            .text = "without root the notebook needs LD_LIBRARY_PATH with " + folder};
    }
    return finding;
}

std::optional<Finding> libcuda_missing(const Facts& facts, const CompatData& /*data*/) {
    const std::string wish = facts.container.driver_capabilities.value_or("compute");
    const bool is_unwanted = wish != "all" && wish.find("compute") == std::string::npos;
    if (!is_usable(facts) || facts.libcuda.found || !facts.libcuda.unused.empty() ||
        facts.nodes.has_dxg || is_unwanted || !facts.has_glibc_loader) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "the driver's library libcuda.so.1 is not here",
                   .evidence = {"libcuda.so.1: not in LD_LIBRARY_PATH, /etc/ld.so.cache and the "
                                "default folders",
                                kernel_driver(facts)},
                   .fix = {.who = Who::restart,
                           .text = "restart the notebook: the container runtime brings it "
                                   "('--gpus all', NVIDIA_DRIVER_CAPABILITIES=compute,utility)"}};
}

// Where there is nothing to drive it is what programs for other machines are linked with.
std::optional<Finding> stub(const Facts& facts, const CompatData& /*data*/) {
    if (!facts.libcuda.found || !facts.libcuda.is_stub ||
        (!has_card(facts) && !has_driver(facts))) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "the toolkit's stub stands in for the driver's library (error 34)",
                   .evidence = {shown(facts.libcuda)},
                   .fix = out_of_the_way(facts, facts.libcuda)};
}

std::optional<Finding> compat_not_needed(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<Version> kernel = facts.driver.version();
    const DriverLibrary& library = facts.libcuda;
    if (!library.is_compat || !library.version || !kernel ||
        library.version->major() > kernel->major()) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = fmt::format("a compatibility package of driver {} hides the newer "
                                        "driver {} (error 803)",
                                        library.version->text(),
                                        kernel->text()),
                   .evidence = {shown(library), kernel_driver(facts)},
                   .fix = out_of_the_way(facts, library)};
}

std::optional<Finding> compat_wrong_branch(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<Version> kernel = facts.driver.version();
    const DriverLibrary& library = facts.libcuda;
    if (!library.forward || library.forward->branches.empty() || !kernel || !library.version ||
        library.version->major() <= kernel->major() ||
        std::ranges::find(library.forward->branches, kernel->major()) !=
            library.forward->branches.end()) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = fmt::format("the compatibility package for CUDA {} does not work with driver {}",
                             library.forward->cuda,
                             kernel->text()),
        .evidence = {shown(library),
                     fmt::format("it works with the branches {}",
                                 fmt::join(library.forward->branches, ", "))},
        .fix = out_of_the_way(facts, library)};
}

enum class ForwardSupport { given, unknown, refused };

// NVIDIA: data-centre cards, "select NGC Server Ready SKUs of RTX cards" and Jetson boards, of
// which no list tells those cards. What has no name that says what it is sold as is taken for
// given.
ForwardSupport forward_support_of(std::string_view name) {
    constexpr std::array<std::string_view, 5> for_gamers{
        "GeForce", "Geforce", "TITAN", "CMP ", "NVS "};
    const auto begins_as = [&](std::string_view beginning) { return name.starts_with(beginning); };
    if (std::ranges::any_of(for_gamers, begins_as) || begins_as("RTX TITAN")) {
        return ForwardSupport::refused;
    }
    const bool is_rtx = begins_as("RTX ") || begins_as("Quadro RTX");
    const bool has_data_centre_chip = begins_as("Quadro GP100") || begins_as("Quadro GV100");
    if (is_rtx || has_data_centre_chip) {
        return ForwardSupport::unknown;
    }
    return begins_as("Quadro ") ? ForwardSupport::refused : ForwardSupport::given;
}

// The probe ran with that library: nothing is left to be unknown.
bool has_computed(const Facts& facts) {
    return facts.probe && facts.probe->libcuda && facts.probe->libcuda->is_well();
}

std::optional<Finding> compat_unsupported(const Facts& facts, const CompatData& data) {
    const std::optional<Version> kernel = facts.driver.version();
    const DriverLibrary& library = facts.libcuda;
    if (!library.is_compat || !library.version || !kernel ||
        library.version->major() <= kernel->major()) {
        return std::nullopt;
    }
    const PciCard* worst = nullptr;
    ForwardSupport support = ForwardSupport::given;
    for (const PciCard& card : facts.pci.cards) {
        const std::optional<CardModel> model = data.card(card.device);
        const ForwardSupport its = model ? forward_support_of(model->name) : ForwardSupport::given;
        if (its > support && is_own_card(facts, card)) {
            worst = &card;
            support = its;
        }
    }
    const bool is_unknown = support == ForwardSupport::unknown;
    if (worst == nullptr ||
        (is_unknown && (has_computed(facts) || compat_wrong_branch(facts, data)))) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::error,
                    .title = "this card does not run with a compatibility package (error 804)",
                    .evidence = {shown(library), name_of(*worst, data), kernel_driver(facts)},
                    .fix = out_of_the_way(facts, library)};
    if (is_unknown) {
        finding.severity = Severity::info;
        finding.title =
            "whether this card runs with a compatibility package is not known: of RTX "
            "cards only some do";
        finding.fix.text = "'envkeep doctor --deep' tells; where CUDA fails with error 804:";
    }
    return finding;
}

bool is_of_another_version(const Facts& facts) {
    const DriverLibrary& library = facts.libcuda;
    return library.found && !library.is_stub && !library.is_compat && !is_of_kernel(facts);
}

bool is_in_container(const ContainerFacts& container, const KernelDriver& driver) {
    return driver.is_proc_a_copy || !container.mounted.empty() || container.visible_devices;
}

// What the loader takes instead once the library that it takes now is gone; empty: nothing that
// would do.
std::string hidden_copy(const Facts& facts) {
    const std::vector<std::string>& others = facts.libcuda.unused;
    const std::string of_kernel = ".so." + facts.driver.version()->text();
    const auto found = std::ranges::find_if(
        others, [&](const std::string& path) { return path.ends_with(of_kernel); });
    if (found != others.end()) {
        return *found;
    }
    return is_in_container(facts.container, facts.driver) && !others.empty() ? others.front()
                                                                             : std::string();
}

// A container's own, or one that lies before the driver's.
bool is_foreign(const Facts& facts) {
    return !facts.libcuda.is_mounted &&
           (is_in_container(facts.container, facts.driver) || !hidden_copy(facts).empty());
}

std::optional<Finding> in_image(const Facts& facts, const CompatData& /*data*/) {
    if (!is_of_another_version(facts) || !is_foreign(facts)) {
        return std::nullopt;
    }
    const DriverLibrary& library = facts.libcuda;
    const bool is_images = is_in_container(facts.container, facts.driver);
    const std::string hidden = hidden_copy(facts);
    const std::string kernel = facts.driver.version()->text();
    Finding finding{
        .severity = Severity::error,
        .title = fmt::format("{} driver library {}{} the kernel has {} (error 803)",
                             is_images ? "the image brings its own" : "another",
                             library.version->text(),
                             is_images ? ", and" : " is found first, and",
                             kernel),
        .evidence = {shown(library) + (is_images ? ": not mounted by the container runtime" : ""),
                     kernel_driver(facts)},
        .fix = out_of_the_way(facts, library)};
    if (!library.owner.empty()) {
        finding.evidence.push_back("brought by the package " + library.owner);
    }
    if (hidden.empty()) {
        finding.fix = {
            .who = Who::restart,
            .text =
                "no other libcuda.so.1 is here: restart the notebook with the NVIDIA runtime "
                "and NVIDIA_DRIVER_CAPABILITIES=compute,utility, or install the driver's "
                "libraries of version " +
                kernel + " in its place"};
    } else {
        finding.evidence.push_back(hidden + ": hidden by it");
    }
    return finding;
}

std::optional<Finding> user_mismatch(const Facts& facts, const CompatData& /*data*/) {
    const bool is_told_already = facts.driver.is_proc_a_copy && facts.driver.loaded &&
                                 facts.driver.told && *facts.driver.loaded != *facts.driver.told;
    if (!is_of_another_version(facts) || is_foreign(facts) || is_told_already) {
        return std::nullopt;
    }
    const DriverLibrary& library = facts.libcuda;
    const Version kernel = *facts.driver.version();
    const std::string text =
        library.is_mounted ? "restart the notebook: it gets the libraries of the driver"
        : *library.version > kernel
            ? "restart the machine: its driver was upgraded, and the kernel has the old one until "
              "then; a container must be started with the NVIDIA runtime"
            : "install the driver's libraries of version " + kernel.text() +
                  ", which the kernel has, or restart the machine";
    return Finding{
        .severity = Severity::error,
        .title = fmt::format("driver and library do not match: the kernel has {}, {} {} (error "
                             "803)",
                             kernel.text(),
                             library.is_mounted ? "the container" : "the library is of",
                             library.version->text()),
        .evidence = {shown(library), kernel_driver(facts)},
        .fix = {.who = Who::restart, .text = text}};
}

std::optional<Finding> nvml_missing(const Facts& facts, const CompatData& /*data*/) {
    if (!is_usable(facts) || facts.libnvidia_ml.found || !facts.libcuda.found) {
        return std::nullopt;
    }
    // NCCL asks it how several cards are joined.
    return Finding{
        .severity = facts.nodes.cards.size() > 1 ? Severity::warning : Severity::info,
        .title = "nvidia-smi and its library are not here; CUDA may work without them",
        .evidence = {"libnvidia-ml.so.1: not found",
                     "NVIDIA_DRIVER_CAPABILITIES=" +
                         printable(facts.container.driver_capabilities.value_or("(not set)"))},
        .fix = {.who = Who::restart,
                .text = "set NVIDIA_DRIVER_CAPABILITIES=compute,utility in the image or the start "
                        "command"}};
}

std::optional<Finding> ptx_compiler_missing(const Facts& facts, const CompatData& /*data*/) {
    if (!is_usable(facts) || facts.nodes.has_dxg || !facts.libcuda.found || facts.libcuda.is_stub ||
        facts.ptx_compiler.found) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::warning,
        .title =
            "the driver's PTX compiler is not here: code that must be compiled for this card "
            "fails (error 221)",
        .evidence = {"libnvidia-ptxjitcompiler.so.1: not found", shown(facts.libcuda)},
        .fix = {.who = Who::restart,
                .text = "restart the notebook; where the file is there, 'sudo ldconfig'"}};
}

}  // namespace

std::span<const Check> libcuda_checks() {
    static constexpr std::array checks{
        Check{"drv-musl-image", musl},
        Check{"drv-ldcache-stale", stale_cache},
        Check{"drv-libcuda-missing", libcuda_missing},
        Check{"drv-stub-on-path", stub},
        Check{"drv-compat-not-needed", compat_not_needed},
        Check{"drv-compat-wrong-branch", compat_wrong_branch},
        Check{"drv-compat-unsupported-hw", compat_unsupported},
        Check{"drv-libcuda-in-image", in_image},
        Check{"kmod-user-version-mismatch", user_mismatch},
        Check{"drv-ptxjit-missing", ptx_compiler_missing},
        Check{"drv-nvml-missing", nvml_missing},
    };
    return checks;
}

}  // namespace envkeep::gpu
