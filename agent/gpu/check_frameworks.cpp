// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// TensorFlow, onnxruntime, cupy and bitsandbytes: whether they were built for this machine.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::Distribution;

std::optional<Finding> tf_cpu_only(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& data) {
    const Framework* const tf = in_notebook(facts, notebook, "tensorflow");
    const bool is_chosen =
        tf != nullptr && tf->installed &&
        (tf->installed->name == "tensorflow-cpu" || tf->installed->name == "tensorflow-intel");
    if (tf == nullptr || !(tf->has_cuda == false || (is_chosen && !tf->has_cuda))) {
        return std::nullopt;
    }
    Finding finding{.severity = !has_cuda_torch(notebook) ? Severity::error
                                : is_chosen               ? Severity::info
                                                          : Severity::warning,
                    .title = "the notebook's TensorFlow was built without CUDA",
                    .evidence = {shown(*tf)},
                    .fix = {.text = {}}};
    if (is_chosen) {
        finding.evidence.push_back(installed_at(*tf->installed));
        finding.fix.commands.push_back(pip_uninstall(notebook, {tf->installed->name}));
    }
    const bool hides_another = std::ranges::any_of(
        tf->other, [](const Framework& other) { return other.has_cuda == true; });
    const auto version = Version::parse(tf->version);
    if (is_chosen && hides_another) {
        finding.evidence.push_back(shown(tf->other.front()));
        finding.fix.text = "without it the other one counts, which has CUDA";
        return finding;
    }
    const std::string what = version && *version >= *Version::parse("2.14")
                                 ? "tensorflow[and-cuda]==" + version->text()
                                 : std::string("tensorflow[and-cuda]");
    finding.fix.commands.push_back(conda_package_of(notebook, *tf) != nullptr
                                       ? conda_install_for_cuda(facts, notebook, data, "tensorflow")
                                       : pip_install(notebook, {what}, tf));
    finding.fix.text = finding.severity == Severity::info ? "if you want it on the card:" : "";
    return finding;
}

// "sm_90" of "compute_90", which TensorFlow's builds have as code for that card and as PTX.
std::vector<std::string> native_code(const Framework& tf) {
    std::vector<std::string> code = tf.code;
    for (std::string& one : code) {
        if (one.starts_with("compute_")) {
            one = "sm_" + one.substr(one.find('_') + 1);
        }
    }
    return code;
}

std::optional<Finding> tf_arch(const Facts& facts,
                               const NotebookPython& notebook,
                               const CompatData& data) {
    const Framework* const tf = in_notebook(facts, notebook, "tensorflow");
    const auto card = weakest_card(facts, data);
    if (tf == nullptr || tf->has_cuda == false || tf->code.empty() || !card ||
        runs_on(native_code(*tf), card->capability)) {
        return std::nullopt;
    }
    const bool has_ptx = runs_on(tf->code, card->capability);
    Finding finding{
        .severity = has_ptx ? Severity::warning : harm_beside_torch(facts, notebook, data),
        .title =
            fmt::format("this TensorFlow has no code for the card {} (compute capability {}){}",
                        card->name.empty() ? card->chip : card->name,
                        card->capability.text(),
                        has_ptx ? ": its first start compiles for up to 30 minutes, or fails" : ""),
        .evidence = {shown(*tf), fmt::format("it has code for {}", fmt::join(tf->code, " "))},
        .fix = {.text = {}}};
    if (card->capability.major == 5) {
        finding.fix.commands.push_back(pip_install(notebook, {"tensorflow[and-cuda]<2.17"}, tf));
    } else if (has_ptx) {
        finding.fix.text =
            "a newer TensorFlow, or NVIDIA's container of it, has code for this card";
    } else {
        finding.fix.text =
            "an older TensorFlow has code for this card; "
            "https://www.tensorflow.org/install/source#gpu lists them";
    }
    return finding;
}

// The newest release whose CUDA this driver gives, and whose packages bring that CUDA.
const TensorFlowBuild* tensorflow_for(const Version& driver, const CompatData& data) {
    const TensorFlowBuild* best = nullptr;
    for (const TensorFlowBuild& one : data.tensorflow_builds) {
        const auto least = data.least_driver(one.cuda);
        if (one.pythons.last.is_known() && least && driver >= *least &&
            (best == nullptr || one.releases.last > best->releases.last)) {
            best = &one;
        }
    }
    return best;
}

std::optional<Finding> tf_driver(const Facts& facts,
                                 const NotebookPython& notebook,
                                 const CompatData& data) {
    const Framework* const tf = in_notebook(facts, notebook, "tensorflow");
    const auto least = tf == nullptr || tf->has_cuda == false
                           ? std::nullopt
                           : driver_missed(facts, Version::parse(tf->cuda), data);
    if (!least) {
        return std::nullopt;
    }
    const Version driver = *facts.driver.version();
    const auto highest = data.highest_cuda(driver);
    Finding finding{
        .severity = harm_beside_torch(facts, notebook, data),
        .title = fmt::format(
            "TensorFlow was built for CUDA {}, which needs driver {}; this machine has {}",
            tf->cuda,
            least->text(),
            driver.text()),
        .evidence = {shown(*tf), shown_driver(facts, data)},
        .fix = {.text = {}}};
    const TensorFlowBuild* const build = tensorflow_for(driver, data);
    const auto python = Version::parse(notebook.environment.version);
    if (conda_package_of(notebook, *tf) != nullptr && highest) {
        finding.fix.commands.push_back(conda_install_for_cuda(
            facts, notebook, data, "tensorflow", std::to_string(highest->major())));
    } else if (build == nullptr) {
        finding.fix.text =
            "an older TensorFlow is for this driver; "
            "https://www.tensorflow.org/install/source#gpu lists them";
    } else if (python && build->pythons.holds(*python)) {
        finding.fix.commands.push_back(pip_install(
            notebook,
            {fmt::format("tensorflow[and-cuda]=={}.*", build->releases.last.release().text())},
            tf));
    } else {
        finding.fix.text = fmt::format("TensorFlow {}, for Python {}-{}, works with this driver",
                                       build->releases.last.text(),
                                       build->pythons.first.text(),
                                       build->pythons.last.text());
    }
    return finding;
}

std::optional<Finding> two_onnxruntimes(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const CompatData& /*data*/) {
    const Framework* const ort = in_notebook(facts, notebook, "onnxruntime");
    const Distribution* const plain = notebook.distribution("onnxruntime");
    const Distribution* const with_cuda = notebook.distribution("onnxruntime-gpu");
    if (ort == nullptr || plain == nullptr || with_cuda == nullptr) {
        return std::nullopt;
    }
    const bool is_gpus = ort->installed && ort->installed->name == "onnxruntime-gpu" &&
                         ort->record && ort->record->is_whole();
    return Finding{
        .severity = is_gpus ? Severity::info : Severity::warning,
        .title = is_gpus ? "onnxruntime is installed twice; the one with CUDA counts"
                         : "onnxruntime without CUDA stands in for onnxruntime-gpu",
        .evidence = {shown(*ort), installed_at(*plain), installed_at(*with_cuda)},
        .fix = {
            .commands = {pip_uninstall(notebook, {"onnxruntime", "onnxruntime-gpu"}),
                         pip_install(notebook, {"onnxruntime-gpu==" + with_cuda->version}, ort)},
            .text = is_gpus ? "nothing, while it works" : ""}};
}

bool is_cupy(const Distribution& one) {
    return (one.name == "cupy" || one.name.starts_with("cupy-cuda")) &&
           one.kind != python::DistributionKind::conda;
}

enum class Fit { not_known, too_new, right };

// "cupy-cuda12x", and of old "cupy-cuda110".
Fit fit_of(const Distribution& one, const std::optional<Version>& driver, const CompatData& data) {
    constexpr std::size_t prefix = std::string_view("cupy-cuda").size();
    const auto major =
        one.name == "cupy" ? std::nullopt : Version::parse(one.name.substr(prefix, 2));
    const auto least = major ? data.least_driver(*major) : std::nullopt;
    if (!driver || !least) {
        return Fit::not_known;
    }
    return *driver < *least ? Fit::too_new : Fit::right;
}

std::optional<Finding> two_cupys(const Facts& facts,
                                 const NotebookPython& notebook,
                                 const CompatData& data) {
    const Framework* const cupy = in_notebook(facts, notebook, "cupy");
    std::vector<std::string> names;
    Finding finding{.severity = Severity::warning,
                    .title = "cupy is installed more than once",
                    .fix = {.text = {}}};
    const auto driver = facts.driver.version();
    std::string right;
    bool is_too_new = false;
    for (const Distribution& one : notebook.distributions) {
        if (is_cupy(one)) {
            const Fit fit = fit_of(one, driver, data);
            names.push_back(one.name);
            finding.evidence.push_back(installed_at(one));
            is_too_new = is_too_new || fit == Fit::too_new;
            right = fit == Fit::right ? one.name : right;
        }
    }
    if (cupy == nullptr || (names.size() < 2 && !is_too_new)) {
        return std::nullopt;
    }
    if (is_too_new && right.empty()) {
        finding.severity = Severity::error;
        finding.title =
            fmt::format("cupy was built for a newer CUDA than driver {} gives", driver->text());
        const auto highest = data.highest_cuda(*driver);
        right = highest ? fmt::format("cupy-cuda{}x", highest->major()) : std::string("cupy");
    }
    finding.fix.commands = {pip_uninstall(notebook, names),
                            pip_install(notebook, {right.empty() ? names.front() : right}, cupy)};
    return finding;
}

std::optional<Finding> no_bitsandbytes_library(const Facts& facts,
                                               const NotebookPython& notebook,
                                               const CompatData& data) {
    const Framework* const bnb = in_notebook(facts, notebook, "bitsandbytes");
    const Framework* const torch = notebook.framework("torch");
    if (bnb == nullptr || torch == nullptr || torch->cuda.empty()) {
        return std::nullopt;
    }
    const auto wish = notebook.launch.variables.find("BNB_CUDA_VERSION");
    std::string cuda = Version::parse(torch->cuda).value_or(Version()).release().text();
    std::erase(cuda, '.');
    if (wish != notebook.launch.variables.end() && !wish->second.empty()) {
        cuda = wish->second;
    }
    const auto version = Version::parse(bnb->version);
    const auto card = weakest_card(facts, data);
    const bool is_card_dropped =
        version && *version >= *Version::parse("0.48") && card && card->capability.major < 6;
    const bool has_library =
        std::ranges::find(bnb->cuda_libraries, cuda) != bnb->cuda_libraries.end();
    if (has_library && !is_card_dropped) {
        return std::nullopt;
    }
    Finding finding{
        .severity = Severity::warning,
        .title = has_library ? fmt::format("this bitsandbytes has no code for the card {}",
                                           card->name.empty() ? card->chip : card->name)
                             : fmt::format("bitsandbytes has no library for CUDA {}", cuda),
        .evidence = {shown(*bnb),
                     bnb->cuda_libraries.empty() ? std::string("it has no library for CUDA at all")
                                                 : fmt::format("it has libraries for {}",
                                                               fmt::join(bnb->cuda_libraries, " ")),
                     shown(*torch)},
        .fix = {.text = {}}};
    finding.fix.commands.push_back(pip_install(
        notebook,
        {"-U", card && card->capability.major < 6 ? "bitsandbytes<0.48" : "bitsandbytes"},
        bnb));
    return finding;
}

}  // namespace

std::span<const Check> framework_checks() {
    static constexpr std::array checks{
        Check{"tf-cpu-only", tf_cpu_only},
        Check{"tf-arch-missing", tf_arch},
        Check{"tf-driver-too-old", tf_driver},
        Check{"bnb-lib-missing", no_bitsandbytes_library},
        Check{"ort-two-packages", two_onnxruntimes},
        Check{"cupy-two-wheels", two_cupys},
    };
    return checks;
}

}  // namespace envkeep::gpu
