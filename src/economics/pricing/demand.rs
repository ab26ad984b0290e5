//! Demand for products at given prices: its slopes, elasticities and diversion.

use nalgebra::DMatrix;

/// Demand for a set of products, as sellers that set prices need it.
pub trait Demand {
    /// Returns the quantities of all products at `prices`, over the number of buyers, with their slopes in prices.
    fn slopes(&self, prices: &[f64]) -> Slopes;

    /// Returns the quantities of all products at `prices`, over the number of buyers: shares of buyers if each buys one
    /// unit.
    fn shares(&self, prices: &[f64]) -> Vec<f64> {
        self.slopes(prices).share
    }

    /// Returns the derivatives `ds_k/dp_j`; row `j` is the price that moves.
    fn jacobian(&self, prices: &[f64]) -> DMatrix<f64> {
        self.slopes(prices).jacobian()
    }

    /// Returns the response of demand to `prices`.
    fn response(&self, prices: &[f64]) -> Response {
        let slopes = self.slopes(prices);
        Response {
            prices: prices.to_vec(),
            jacobian: slopes.jacobian(),
            shares: slopes.share,
        }
    }
}

/// Quantities of products, and the parts of their derivatives in prices: `ds_k/dp_j = gamma[j][k] - [j = k] lambda[j]`.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// Quantity by product, over the number of buyers.
    pub share: Vec<f64>,
    /// Fall of a product's own quantity with its price, before substitution.
    pub lambda: Vec<f64>,
    /// Matrix, row by row; row `j` is the price that moves.
    pub gamma: Vec<f64>,
}

impl Slopes {
    /// Returns the derivatives `ds_k/dp_j`; row `j` is the price that moves.
    fn jacobian(&self) -> DMatrix<f64> {
        let count = self.share.len();
        DMatrix::from_fn(count, count, |j, k| {
            self.gamma[j * count + k] - if j == k { self.lambda[j] } else { 0.0 }
        })
    }
}

/// Response of demand to given prices: shares and their derivatives.
#[derive(Clone, Debug)]
pub struct Response {
    /// Shares of all products among all buyers, weighted by class.
    pub shares: Vec<f64>,
    prices: Vec<f64>,
    jacobian: DMatrix<f64>,
}

impl Response {
    /// Returns the elasticities of shares: `[(j, k)]` is the elasticity of the share of `j` to the price of `k`.
    #[must_use]
    pub fn elasticities(&self) -> DMatrix<f64> {
        let count = self.shares.len();
        DMatrix::from_fn(count, count, |j, k| {
            if self.shares[j] > 0.0 {
                self.jacobian[(k, j)] * self.prices[k] / self.shares[j]
            } else {
                0.0
            }
        })
    }

    /// Returns the elasticity of the sum of shares of `products` to an equal rise of all their prices; zero if nobody
    /// buys them.
    #[must_use]
    pub fn joint_elasticity(&self, products: &[usize]) -> f64 {
        let sold: f64 = products.iter().map(|j| self.shares[*j]).sum();
        if sold <= 0.0 {
            return 0.0;
        }
        let pairs = products
            .iter()
            .flat_map(|k| products.iter().map(move |j| (*k, *j)));
        let moved: f64 = pairs
            .map(|(k, j)| self.jacobian[(k, j)] * self.prices[k])
            .sum();
        moved / sold
    }

    /// Returns diversion ratios: of the buyers that `j` loses when its price rises, the share that goes to `k`. Rows
    /// sum to one together with the share that goes to the outside good.
    #[must_use]
    pub fn diversion(&self) -> DMatrix<f64> {
        let (count, slopes) = (self.shares.len(), &self.jacobian);
        DMatrix::from_fn(count, count, |j, k| {
            if j == k || slopes[(j, j)] == 0.0 {
                0.0
            } else {
                -slopes[(j, k)] / slopes[(j, j)]
            }
        })
    }
}
